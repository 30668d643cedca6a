/** Delay before the next try of a message: from one second to sixty, with jitter, so that retries of many messages spread. */
import { backOffDelayMs } from '@flotilla/contracts/errors/back-off.ts';
import { REDELIVERY_DELAY_MS_MAX, REDELIVERY_DELAY_MS_MIN } from '@flotilla/contracts/values/limits.ts';
import type { Rng } from '@flotilla/contracts/ports.ts';

const BOUNDS = { firstMs: REDELIVERY_DELAY_MS_MIN, maxMs: REDELIVERY_DELAY_MS_MAX } as const;

/** `failures` counts from 1. Never below the first delay. */
export function redeliveryDelayMs(failures: number, rng: Rng): number {
  return Math.max(REDELIVERY_DELAY_MS_MIN, backOffDelayMs(failures, BOUNDS, rng));
}
