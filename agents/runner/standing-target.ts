/**
 * The last target of each instrument, which stands until the strategy says something else. Pure.
 *
 * An exit may fall short: the market shows less than the position, or exec denies the order. So each later market signal of the instrument asks for
 * the exit again, under ids of its own, until the position has shrunk to the target. An opening is never asked for again: the price has moved on, and
 * nothing may add risk that the strategy did not decide on now.
 */
import { marketPriceOf, type NormalizedSignal } from '@flotilla/contracts';
import type { Target } from '../strategies/strategy.ts';
import type { BoundStrategy } from './bound-strategy.ts';
import type { SignalReference } from './open-target.ts';

/** Least market time between two requests for one exit, while the target is young. */
const REQUEST_INTERVAL_MS_MIN = 1_000;
/** Least market time between two requests for one exit, however old the target is. */
const REQUEST_INTERVAL_MS_MAX = 60_000;
/** Between the two bounds the interval is the age of the target divided by this number, so an exit that exec denies all day costs few orders. */
const AGE_PER_INTERVAL = 60;

export interface StandingTarget extends Target {
  /** Market times of the first and the last market signal since the target, as far as they asked for the exit; milliseconds since the epoch. */
  readonly asked?: { readonly firstMs: number; readonly lastMs: number };
  /** The signal that asks for the exit; absent once the exit is decided, and while nothing asks. */
  readonly exit?: SignalReference;
}

/** By instrument. */
export type StandingTargets = Readonly<Record<string, StandingTarget>>;

/**
 * The standing target after a signal of its instrument that brought no new one.
 *
 * @param reference undefined while a target waits, or when an order about this signal or a newer one is published: then nothing is asked
 */
export function askForExit(
  standing: StandingTarget,
  signal: NormalizedSignal,
  bound: BoundStrategy,
  reference: SignalReference | undefined,
): StandingTarget {
  const instrument = bound.instruments.get(standing.instrument);
  if (instrument === undefined || !bound.takes(signal) || !marketPriceOf(signal, instrument).usable) return standing;
  const marketMs = Date.parse(signal.eventTime);
  const { firstMs, lastMs } = standing.asked ?? { firstMs: marketMs, lastMs: Number.NEGATIVE_INFINITY };
  // A recording that begins again goes back in market time.
  const ageMs = Math.abs(marketMs - firstMs);
  const intervalMs = Math.min(REQUEST_INTERVAL_MS_MAX, Math.max(REQUEST_INTERVAL_MS_MIN, ageMs / AGE_PER_INTERVAL));
  if (Math.abs(marketMs - lastMs) < intervalMs) return standing;
  return { ...standing, asked: { firstMs, lastMs: marketMs }, ...(reference === undefined ? {} : { exit: reference }) };
}

/** Without the request: the exit is decided, not needed or too old. */
export function withoutExit({ exit: _exit, ...standing }: StandingTarget): StandingTarget {
  return standing;
}

/** Without the requests that an order was published about, or about a newer signal than theirs. */
export function withoutAnsweredExits(standing: StandingTargets, answeredThrough: ReadonlyMap<string, number>): StandingTargets {
  const kept = Object.entries(standing).map(([instrument, one]) => {
    const isAnswered = one.exit !== undefined && one.exit.sequence <= (answeredThrough.get(instrument) ?? 0);
    return [instrument, isAnswered ? withoutExit(one) : one] as const;
  });
  return Object.fromEntries(kept);
}
