/**
 * How long every loop that retries waits before its next try: exponential, with jitter, bounded. Pure but for the random number.
 *
 * `runtime/retry/retry-with-back-off.ts` is the loop of the services. The workspace `kube`, which may not import runtime, takes its delays
 * from this file too.
 */
import { assert } from './assert.ts';
import type { Rng } from '../ports.ts';

export interface BackOffBounds {
  /** Ceiling of the first delay. */
  readonly firstMs: number;
  /** Ceiling of every delay. */
  readonly maxMs: number;
}

/** After so many doublings the ceiling is at its bound, for any bounds that make sense. */
const DOUBLINGS_MAX = 30;

/**
 * The delay in milliseconds after `failures` failures in a row. The ceiling doubles from `firstMs` to `maxMs`. The delay lies at random between
 * half of the ceiling and the ceiling, so that many clients do not retry at the same moment.
 *
 * @throws AssertionError when `failures` is below 1 or the bounds are out of order
 */
export function backOffDelayMs(failures: number, bounds: BackOffBounds, rng: Pick<Rng, 'next'>): number {
  assert(failures >= 1, `a back-off delay needs at least one failure, found ${failures}`);
  assert(bounds.firstMs > 0 && bounds.maxMs >= bounds.firstMs, `expected back-off bounds in order, found ${JSON.stringify(bounds)}`);
  const ceilingMs = Math.min(bounds.maxMs, bounds.firstMs * 2 ** Math.min(failures - 1, DOUBLINGS_MAX));
  return Math.round(ceilingMs * (1 - rng.next() / 2));
}

/** Counts failures in a row, for a loop whose failures and successes lie in different functions. */
export interface BackOff {
  /** Counts one failure and gives the delay before the next try. */
  nextDelayMs(): number;
  /** After a success: the next delay is the first one again. */
  reset(): void;
}

export function makeBackOff(bounds: BackOffBounds, rng: Pick<Rng, 'next'>): BackOff {
  let failures = 0;
  return {
    nextDelayMs() {
      failures += 1;
      return backOffDelayMs(failures, bounds, rng);
    },
    reset() {
      failures = 0;
    },
  };
}
