/** Whether orders may go to the venue: one pure function over everything that can close the gate. */
import type { DenialCode, HaltRecord, TradingState } from '@flotilla/contracts';

/** The halt in force, as far as exec knows. */
export type HaltView =
  | {
      readonly state: 'UNKNOWN';
      /** Why: exec has not read a record yet, or the last record is not evidence. */
      readonly problem: string;
    }
  | { readonly state: 'RELEASED'; readonly generation: number }
  | { readonly state: 'ENGAGED'; readonly generation: number; readonly mode: NonNullable<HaltRecord['mode']> };

/** Each input closes the gate by itself. */
export interface GateInputs {
  readonly halt: HaltView;
  /** Monotonic time at which the last successful look at the halt record began; undefined before the first. */
  readonly haltConfirmedAtMs: number | undefined;
  readonly monotonicMs: number;
  /** False once a newer instance has written its epoch, or once this instance stops. */
  readonly owner: boolean;
  readonly reconciled: boolean;
  /** Why exec has no configuration, or why the record does not confirm the configuration in force; undefined when it does. */
  readonly configProblem: string | undefined;
}

export interface GateState {
  readonly tradingState: TradingState;
  /** Why the gate is not ACTIVE. */
  readonly code: DenialCode | undefined;
  readonly message: string;
}

/**
 * A look at the halt record is good for this long, counted from the request. So orders pass a halt that was written while NATS is away for
 * no longer than this.
 */
export const HALT_CONFIRMATION_AGE_MS_MAX = 2_000;

const ACTIVE: GateState = { tradingState: 'ACTIVE', code: undefined, message: '' };

/** The tightest reason wins. HALTED denies all orders, REDUCING denies all but reductions. */
export function gateStateOf(inputs: GateInputs): GateState {
  if (!inputs.owner) return closed('HALTED', 'CONTROL_UNKNOWN', 'this instance no longer owns the portfolio');
  if (inputs.halt.state === 'ENGAGED') {
    return inputs.halt.mode === 'ReduceOnly'
      ? closed('REDUCING', 'TRADING_REDUCE_ONLY', 'a kill switch in mode ReduceOnly is engaged')
      : closed('HALTED', 'TRADING_HALTED', `a kill switch in mode ${inputs.halt.mode} is engaged`);
  }
  if (inputs.halt.state === 'UNKNOWN') return closed('REDUCING', 'CONTROL_UNKNOWN', inputs.halt.problem);
  if (inputs.haltConfirmedAtMs === undefined || inputs.monotonicMs - inputs.haltConfirmedAtMs > HALT_CONFIRMATION_AGE_MS_MAX) {
    return closed('REDUCING', 'CONTROL_UNKNOWN', `no halt record has been read for ${HALT_CONFIRMATION_AGE_MS_MAX} ms`);
  }
  if (inputs.configProblem !== undefined) return closed('REDUCING', 'POLICY_MISSING', inputs.configProblem);
  if (!inputs.reconciled) return closed('REDUCING', 'RECONCILE_MISMATCH', 'the ledger and the venue disagree');
  return ACTIVE;
}

function closed(tradingState: TradingState, code: DenialCode, message: string): GateState {
  return { tradingState, code, message };
}
