/**
 * The interface of a strategy: a pure fold over normalized signals that says which position the strategy wants to hold.
 *
 * A strategy knows nothing of orders, fills, time or randomness. The runner compares the wanted position with the holdings and the open orders
 * ({@link ../runner/holdings.ts}) and makes the order, so a denied or half-filled order is never mistaken for a position.
 */
import type { Instrument, NormalizedSignal } from '@flotilla/contracts';

/** A wanted position in one instrument. */
export interface Target {
  readonly instrument: string;
  /** Signed lots: negative is short, 0 is flat. */
  readonly targetLots: number;
  /** IOC: fills what the market shows now, or nothing; for strategies that decide again soon. GTC: rests until it is filled; for a wish that stands. */
  readonly timeInForce: 'GTC' | 'IOC';
  /** The measured values and their meaning, for people and the audit log. At most 512 characters. */
  readonly reason: string;
  /** With `targetLots` 0: close a position of this side, and leave a position of the other side as it is. Absent: close both. */
  readonly closesOnly?: 'LONG' | 'SHORT';
}

/** Why a strategy could not use a signal, or could not open what it wanted. The fold goes on; the runner counts and reports the difficulty. */
export interface Difficulty {
  readonly kind: 'PriceUnusable' | 'PositionNotSized';
  /** What was expected and what was found, for people. */
  readonly message: string;
}

export interface StrategyContext<Parameters> {
  readonly parameters: Parameters;
  /** Definition of the signal's instrument. */
  readonly instrument: Instrument;
}

export interface StrategyStep<State> {
  readonly state: State;
  /** Empty unless this signal changed what the strategy wants. */
  readonly targets: readonly Target[];
  readonly difficulty?: Difficulty | undefined;
}

/**
 * A strategy. `State` must survive `JSON.parse(JSON.stringify(state))` unchanged and have a bounded size; numbers in it are safe integers.
 *
 * To add one: its parameters in contracts/resources/agent-parameters.ts, one file and one test here, one line in `registry.ts`.
 */
export interface Strategy<Parameters, State> {
  /** State before the first signal. */
  initial(parameters: Parameters, instruments: readonly Instrument[]): State;
  /**
   * A price that cannot be used and a size that is not possible are difficulties, not errors.
   *
   * @throws FlotillaError of class `terminal` for a signal that makes no sense; the runner sends it to POISON.
   */
  onSignal(state: State, signal: NormalizedSignal, context: StrategyContext<Parameters>): StrategyStep<State>;
}
