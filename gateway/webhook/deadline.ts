/** Bounds the time that a webhook waits for Redis and for the bus. */
import { type Clock, type ErrorCode, FlotillaError } from '@flotilla/contracts';

/**
 * The promise's own outcome, or a FlotillaError with `code` after `timeoutMs`; what the promise does later is ignored.
 *
 * @throws FlotillaError `code` when `timeoutMs` passed first.
 */
export async function withDeadline<T>(clock: Clock, timeoutMs: number, code: ErrorCode, promise: Promise<T>): Promise<T> {
  let cancel = (): void => undefined;
  const late = new Promise<never>((_resolve, reject) => {
    cancel = clock.after(timeoutMs, () => reject(new FlotillaError(code, `expected an answer within ${timeoutMs} ms, found none`)));
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    cancel();
  }
}
