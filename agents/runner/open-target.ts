/**
 * The targets that no order answers yet: the newest one of each instrument. Pure.
 *
 * While an order of an instrument may still end in several ways, the size of the next order is unknown, so the target waits here. The target of a newer
 * signal takes its place. A target keeps everything that its order needs, so that the ids come from its own signal however late it is decided.
 */
import type { NormalizedSignal } from '@flotilla/contracts';
import type { Carrier } from '@flotilla/runtime';
import { formatTime } from '@flotilla/contracts/values/format-time.ts';
import type { Target } from '../strategies/strategy.ts';
import type { BoundStrategy } from './bound-strategy.ts';

export interface OpenTarget extends Target {
  readonly signalId: string;
  /** Which target of the signal it is. */
  readonly ordinal: number;
  readonly corrId: string;
  /** Of the signal, in its stream. */
  readonly sequence: number;
  /** `STREAM:sequence` of the signal. */
  readonly causationId: string;
  /** Counted from the signal: a decision made late does not live longer. */
  readonly expiresAt: string;
  /** The signal's trace. */
  readonly carrier: Carrier;
}

/** By instrument. */
export type OpenTargets = Readonly<Record<string, OpenTarget>>;

/** Where the signal stands. */
export interface SignalOrigin {
  readonly stream: string;
  readonly sequence: number;
  readonly carrier: Carrier;
}

/** State of the strategy and its open targets. */
export interface Wishes {
  readonly state: unknown;
  readonly open: OpenTargets;
}

/**
 * Folds one signal. `answeredThrough` has the newest signal, by instrument, that an order was published about: targets up to it are done with.
 *
 * @throws FlotillaError of class `terminal` for a signal that makes no sense to the strategy.
 */
export function foldSignal(
  bound: BoundStrategy,
  wishes: Wishes,
  signal: NormalizedSignal,
  { stream, sequence, carrier }: SignalOrigin,
  answeredThrough: ReadonlyMap<string, number>,
): Wishes {
  const { state, targets } = bound.onSignal(wishes.state, signal);
  const open: Record<string, OpenTarget> = { ...wishes.open };
  for (const [ordinal, target] of targets.entries()) {
    if (!bound.instruments.has(target.instrument) || sequence <= (answeredThrough.get(target.instrument) ?? 0)) continue;
    open[target.instrument] = {
      ...target,
      signalId: signal.id,
      ordinal,
      corrId: signal.corrId,
      sequence,
      causationId: `${stream}:${sequence}`,
      expiresAt: formatTime(Date.parse(signal.time) + bound.orderTtlMs),
      carrier,
    };
  }
  return { state, open };
}

/** Without the targets that an order was published about, or about a newer one than they. */
export function withoutAnswered(open: OpenTargets, answeredThrough: ReadonlyMap<string, number>): OpenTargets {
  return Object.fromEntries(Object.entries(open).filter(([instrument, { sequence }]) => sequence > (answeredThrough.get(instrument) ?? 0)));
}
