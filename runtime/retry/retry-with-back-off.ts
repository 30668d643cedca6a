/**
 * The one loop that tries an operation again: exponential back-off with jitter, abortable, bounded, and one log line per outage.
 *
 * Every service uses it for what depends on the bus, the store or the API server. The delays themselves are `contracts/errors/back-off.ts`.
 */
import { type BackOffBounds, makeBackOff } from '@flotilla/contracts/errors/back-off.ts';
import { FlotillaError } from '@flotilla/contracts/errors/errors.ts';
import type { Clock, Rng } from '@flotilla/contracts/ports.ts';
import type { Logger } from '../log.ts';

export interface RetryOptions {
  readonly clock: Clock;
  readonly rng: Rng;
  readonly logger: Logger;
  /** Ends the wait between two tries; a try that is under way ends by itself. */
  readonly signal: AbortSignal;
  /** What is tried, for log lines: `take over portfolio main`. */
  readonly operation: string;
  readonly delays: BackOffBounds;
  /** Tries in all, the first one included; `untilAborted`: the signal is the only bound. */
  readonly triesMax: number | 'untilAborted';
  /** Which errors are tried again. Default: every FlotillaError. Any other error is a bug and is thrown at once. */
  readonly isRetryable?: (error: FlotillaError) => boolean;
  /** Told of every failure as `CODE: message`, and with undefined at success, for `/ready`. */
  readonly onProblem?: (problem: string | undefined) => void;
}

/**
 * Resolves with the first success.
 *
 * @throws the signal's reason when it aborts between two tries; the last error after `triesMax` tries; an error that is not retryable.
 */
export async function retryWithBackOff<T>(work: () => Promise<T>, options: RetryOptions): Promise<T> {
  const { clock, logger, signal, operation, triesMax, isRetryable = () => true, onProblem } = options;
  const backOff = makeBackOff(options.delays, options.rng);
  let reportedCode = '';
  for (let tries = 1; ; tries += 1) {
    signal.throwIfAborted();
    try {
      const result = await work();
      if (tries > 1) logger.info({ operation, tries }, 'an operation succeeded after failures');
      onProblem?.(undefined);
      return result;
    } catch (error) {
      if (!(error instanceof FlotillaError) || !isRetryable(error)) throw error;
      if (triesMax !== 'untilAborted' && tries >= triesMax) throw error;
      onProblem?.(`${error.code}: ${error.message}`);
      if (error.code !== reportedCode) logger.warn({ err: error, operation }, 'an operation failed; retrying');
      reportedCode = error.code;
    }
    await clock.sleep(backOff.nextDelayMs(), signal);
  }
}
