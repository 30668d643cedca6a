/**
 * The age of market data, by the time of its source.
 *
 * The wall clock of a machine may step. A step back would make old data look new, so the time of day is read once at the start and carried on by the
 * monotonic clock. A restart reads the time of day again.
 */

/** Data from further ahead is not used: either clock is wrong, and then no age is known. */
export const AHEAD_MS_MAX = 2_000;

export interface SteadyTime {
  /** The time of day at the start, milliseconds since the epoch. */
  readonly wallMs: number;
  /** The monotonic clock at the same moment. */
  readonly monotonicMs: number;
}

/** The time of day now, milliseconds since the epoch, that no step of the wall clock moves. */
export function steadyNowMs({ wallMs, monotonicMs }: SteadyTime, nowMonotonicMs: number): number {
  return wallMs + (nowMonotonicMs - monotonicMs);
}

/** Age of data whose source says `sourceMs`; zero when the source is a little ahead. Infinite when it is further ahead than a clock may be. */
export function ageMs(sourceMs: number, steadyMs: number): number {
  const age = steadyMs - sourceMs;
  if (age < -AHEAD_MS_MAX) return Number.POSITIVE_INFINITY;
  return Math.max(0, age);
}
