/**
 * How long to wait before the next try, for every loop that tries again: exponential with jitter, bounded.
 *
 * The loop itself is `runtime/retry/retry-with-back-off.ts`; this file is here because the workspace `kube` imports nothing but contracts.
 */
import { assert } from './assert.ts';
import type { Rng } from '../ports.ts';

export interface BackOffBounds {
  /** Ceiling of the first delay. */
  readonly firstMs: number;
  /** Ceiling of every delay. */
  readonly maxMs: number;
}

/** Above it the ceiling is at its bound for any bounds that make sense. */
const DOUBLINGS_MAX = 30;

/**
 * The delay before the next try after `failures` failures in a row (from 1): the ceiling doubles from `firstMs` to `maxMs`, and the delay lies
 * at random between a half of the ceiling and the ceiling, so that many clients do not try again at the same moment.
 */
export function backOffDelayMs(failures: number, bounds: BackOffBounds, rng: Rng): number {
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

export function makeBackOff(bounds: BackOffBounds, rng: Rng): BackOff {
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
