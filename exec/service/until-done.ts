/** Tries an operation until it succeeds, for what depends on a bus that may be away. */
import { type Clock, FlotillaError } from '@flotilla/contracts';

const RETRY_MS_MIN = 50;
const RETRY_MS_MAX = 2_000;

/** Operating errors are tried again, whatever their class: at the start there is nothing else to do. @throws a bug, or the signal's reason. */
export async function untilDone<T>(
  work: () => Promise<T>,
  options: { readonly clock: Clock; readonly signal: AbortSignal; readonly onProblem: (problem: string | undefined) => void },
): Promise<T> {
  let delayMs = RETRY_MS_MIN;
  for (;;) {
    try {
      const result = await work();
      options.onProblem(undefined);
      return result;
    } catch (error) {
      if (!(error instanceof FlotillaError)) throw error;
      options.onProblem(`${error.code}: ${error.message}`);
    }
    await options.clock.sleep(delayMs, options.signal);
    delayMs = Math.min(RETRY_MS_MAX, delayMs * 2);
  }
}
