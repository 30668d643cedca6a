/**
 * The one place that calls a service's callback for an event of the bus: subscriptions, watches and connection listeners.
 *
 * An operating error is counted and logged, and the service goes on. Any other exception is a bug: it is counted, logged and ends the
 * process. Callbacks of timers need no guard: their errors reach the process itself (`runService`).
 */
import { FlotillaError } from '@flotilla/contracts/errors/errors.ts';
import type { Logger } from '../log.ts';
import type { Metrics } from '../metrics.ts';

export type CallbackKind = 'subscription' | 'watch' | 'connection';

export interface CallbackGuardOptions {
  readonly logger: Logger;
  readonly metrics?: Metrics | undefined;
  /** Called with a bug. Default: the bug becomes an uncaught exception, which ends the process. */
  readonly onBug?: ((error: unknown) => void) | undefined;
}

export interface CallbackGuard {
  /** Calls `callback`. Never throws. @returns false when the callback threw. */
  run(kind: CallbackKind, subject: string, callback: () => void): boolean;
}

export function makeCallbackGuard(options: CallbackGuardOptions): CallbackGuard {
  const { logger, onBug = throwUncaught } = options;
  const failures = options.metrics?.counter('bus_callback_failures_total', 'Callbacks of the bus that threw an exception', ['kind']);
  return {
    run(kind, subject, callback) {
      try {
        callback();
        return true;
      } catch (error) {
        failures?.inc({ kind });
        if (error instanceof FlotillaError) {
          logger.error({ err: error, kind, subject }, 'a callback of the bus failed; the service goes on');
        } else {
          logger.fatal({ err: error, kind, subject }, 'a callback of the bus failed because of a bug; the process ends');
          onBug(error);
        }
        return false;
      }
    },
  };
}

/** Throws outside the code of the bus client, which may catch and drop an exception. */
function throwUncaught(error: unknown): void {
  queueMicrotask(() => {
    throw error;
  });
}
