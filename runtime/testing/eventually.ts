/** Waits in tests: for a condition with a deadline, never for a fixed time. */
import { setTimeout as sleep } from 'node:timers/promises';

const INTERVAL_MS = 5;

/**
 * Polls until `condition` gives a value other than undefined or false, and returns the value. A condition that throws is polled again.
 *
 * @throws Error after `timeoutMs`, with the name of the condition and the last failure.
 */
export async function eventually<T>(
  what: string,
  condition: () => T | undefined | false | Promise<T | undefined | false>,
  timeoutMs = 20_000,
): Promise<T> {
  const deadlineMs = performance.now() + timeoutMs;
  let failure: unknown;
  for (;;) {
    try {
      const value = await condition();
      if (value !== undefined && value !== false) return value;
      failure = undefined;
    } catch (error) {
      failure = error;
    }
    if (performance.now() > deadlineMs) throw new Error(`expected within ${timeoutMs} ms: ${what}`, { cause: failure });
    await sleep(INTERVAL_MS);
  }
}
