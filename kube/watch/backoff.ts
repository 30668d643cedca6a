/** Exponential delay with jitter. Pure but for the random number. */
import type { Rng } from '@flotilla/contracts/ports.ts';

export interface BackoffSettings {
  readonly baseMs: number;
  readonly maxMs: number;
}

/**
 * Exponential delay before try `attempt` (1: after the first failure), with equal jitter: between half and all of
 * min(maxMs, baseMs · 2^(attempt − 1)), so that many clients spread and none returns at once.
 */
export function backoffMs(attempt: number, settings: BackoffSettings, rng: Pick<Rng, 'next'>): number {
  const exponent = Math.min(Math.max(attempt, 1) - 1, 30);
  const ceilingMs = Math.min(settings.maxMs, settings.baseMs * 2 ** exponent);
  return Math.round(ceilingMs / 2 + (ceilingMs / 2) * rng.next());
}
