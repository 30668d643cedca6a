/** Polls until a value is there. Integration tests wait with it for what another process does. */
import { systemClock } from '@flotilla/runtime/clock.ts';

const EVERY_MS = 50;

/** Resolves with the first value that is not undefined. @throws after `timeoutMs`, saying what was waited for */
export async function eventually<T>(what: string, timeoutMs: number, look: () => Promise<T | undefined>): Promise<T> {
  const deadlineMs = systemClock.monotonicMs() + timeoutMs;
  for (;;) {
    const value = await look();
    if (value !== undefined) return value;
    if (systemClock.monotonicMs() > deadlineMs) throw new Error(`not within ${timeoutMs} ms: ${what}`);
    await systemClock.sleep(EVERY_MS);
  }
}
