/** Delay before the next try: doubles from one second to sixty, less up to a half at random, so that failures do not march in step. */
import { REDELIVERY_DELAY_MS_MAX, REDELIVERY_DELAY_MS_MIN } from '@flotilla/contracts/limits.ts';
import type { Rng } from '@flotilla/contracts/ports.ts';

/** `failures` counts from 1. Never below the first delay. */
export function redeliveryDelayMs(failures: number, rng: Rng): number {
  const ceilingMs = Math.min(REDELIVERY_DELAY_MS_MAX, REDELIVERY_DELAY_MS_MIN * 2 ** Math.min(failures - 1, 30));
  return Math.max(REDELIVERY_DELAY_MS_MIN, Math.round(ceilingMs * (1 - rng.next() / 2)));
}
