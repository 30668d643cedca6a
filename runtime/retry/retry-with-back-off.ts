/**
 * The one loop that retries an operation: exponential back-off with jitter, abortable, bounded, and one log line for each outage.
 *
 * Every service uses the loop for operations that depend on the bus, the store or the API server. `contracts/errors/back-off.ts` gives the delays.
 */
import { type BackOffBounds, makeBackOff } from '@flotilla/contracts/errors/back-off.ts';
import { FlotillaError } from '@flotilla/contracts/errors/errors.ts';
import type { Clock, Rng } from '@flotilla/contracts/ports.ts';

/** The part of a logger that the loop uses; the loggers of runtime and of kube both fit. */
interface RetryLogger {
  info(fields: Readonly<Record<string, unknown>>, message: string): void;
  warn(fields: Readonly<Record<string, unknown>>, message: string): void;
}

export interface RetryOptions {
  readonly clock: Clock;
  readonly rng: Pick<Rng, 'next'>;
  readonly logger: RetryLogger;
  /** Ends the wait between two tries. A try that is under way ends by itself. */
  readonly signal: AbortSignal;
  /** Name of the operation in log lines: `take over portfolio main`. */
  readonly operation: string;
  readonly delays: BackOffBounds;
  /** Number of tries, the first one included. `untilAborted`: the signal is the only bound. */
  readonly triesMax: number | 'untilAborted';
  /** Whether to retry after this error. Default: every FlotillaError is retried. Any other error is a bug and is thrown at once. */
  readonly isRetryable?: (error: FlotillaError) => boolean;
  /** Called with `CODE: message` after every failure and with undefined after the success, for `/ready`. */
  readonly onProblem?: (problem: string | undefined) => void;
}

/**
 * Resolves with the first success.
 *
 * @throws the signal's reason when the signal aborts between two tries; the last error after `triesMax` tries; an error that is not retryable.
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
