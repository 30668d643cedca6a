/** The delay after which a controller retries a key whose reconciliation failed. Pure but for the jitter's random number. */
import { backOffDelayMs } from '@flotilla/contracts/errors/back-off.ts';
import { FlotillaError } from '@flotilla/contracts/errors/errors.ts';
import type { Rng } from '@flotilla/contracts/ports.ts';
import { ClusterError } from '../transport/cluster-error.ts';

/** The longest delay is also the delay after a terminal failure, because the cluster may have changed unseen. */
export const FAILURE_DELAYS = { firstMs: 100, maxMs: 300_000 } as const;
/** Longest delay while a dependency is away, so that the retry comes within seconds of its return. */
export const UNAVAILABLE_DELAY_MS_MAX = 10_000;

export function isTerminal(error: unknown): boolean {
  return error instanceof FlotillaError && error.retry === 'terminal';
}

/**
 * Delay in milliseconds before the next try, by the error's retry class. Never shorter than the API server's `Retry-After`, up to the longest delay.
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
