/** When a controller retries a key whose reconciliation failed. Pure but for the jitter's random number. */
import { backOffDelayMs } from '@flotilla/contracts/errors/back-off.ts';
import { FlotillaError } from '@flotilla/contracts/errors/errors.ts';
import type { Rng } from '@flotilla/contracts/ports.ts';
import { ClusterError } from '../transport/cluster-error.ts';

/** The longest back-off is also the time after which a terminal failure is retried: the world may have changed unseen. */
export const FAILURE_DELAYS = { firstMs: 100, maxMs: 300_000 } as const;
/** For a dependency that is away: the retry comes within seconds, however long the dependency was away. */
export const UNAVAILABLE_DELAY_MS_MAX = 10_000;

export function isTerminal(error: unknown): boolean {
  return error instanceof FlotillaError && error.retry === 'terminal';
}

/**
 * Delay before the next try, by the error's retry class. A `Retry-After` of the API server is waited for, up to the longest back-off.
 *
 * @param failures Failures in a row, this one included: 1 or more.
 */
export function retryDelayMs(error: unknown, failures: number, rng: Pick<Rng, 'next'>): number {
  if (isTerminal(error)) return FAILURE_DELAYS.maxMs;
  const isAway = error instanceof FlotillaError && error.retry === 'later';
  const maxMs = isAway ? UNAVAILABLE_DELAY_MS_MAX : FAILURE_DELAYS.maxMs;
  const askedMs = error instanceof ClusterError ? (error.retryAfterMs ?? 0) : 0;
  return Math.max(Math.min(askedMs, FAILURE_DELAYS.maxMs), backOffDelayMs(failures, { firstMs: FAILURE_DELAYS.firstMs, maxMs }, rng));
}
