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

/** Everything that an order takes from the signal behind it. */
export interface SignalReference {
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

export interface OpenTarget extends Target, SignalReference {}

/** By instrument. */
export type OpenTargets = Readonly<Record<string, OpenTarget>>;

/** Where the signal stands. */
export interface SignalOrigin {
  readonly stream: string;
  readonly sequence: number;
  readonly carrier: Carrier;
}

/** @param ordinal which target of the signal asks */
export function referTo(
  signal: NormalizedSignal,
  { stream, sequence, carrier }: SignalOrigin,
  ordinal: number,
  ttlMs: number,
): SignalReference {
  return {
    signalId: signal.id,
    ordinal,
    corrId: signal.corrId,
    sequence,
    causationId: `${stream}:${sequence}`,
    expiresAt: formatTime(Date.parse(signal.time) + ttlMs),
    carrier,
  };
}

/** Without the targets that an order was published about, or about a newer one than they. */
export function withoutAnswered(open: OpenTargets, answeredThrough: ReadonlyMap<string, number>): OpenTargets {
  return Object.fromEntries(Object.entries(open).filter(([instrument, { sequence }]) => sequence > (answeredThrough.get(instrument) ?? 0)));
}
