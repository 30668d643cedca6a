/** The life of a service process: start, wait for a signal, stop in order. After an error, the process ends with the reason. */
import { FlotillaError } from '@flotilla/contracts/errors/errors.ts';
import { systemClock } from './clock.ts';
import type { Logger } from './log.ts';
import { requireNode } from './require-node.ts';

/** Bound on an orderly shutdown: below the 30 s that Kubernetes grants by default. */
const STOP_MS_MAX = 20_000;

export interface Lifetime {
  /** From this call on, the reason of an end goes to the log instead of standard error. */
  useLogger(logger: Logger): void;
  /** Registers a part to stop at the end. The last registered part stops first. */
  onStop(name: string, stop: () => Promise<void> | void): void;
  /** Ends the process: code 1 with a reason, 0 without. */
  end(error?: unknown): void;
}

export interface ServiceOptions {
  readonly service: string;
  /** Starts all parts. A failure ends the process with one message. */
  readonly start: (lifetime: Lifetime) => Promise<void>;
}

/** Never rejects. SIGTERM and SIGINT stop in order and exit 0; a failed start, an uncaught exception or an unhandled rejection exits 1. */
export async function runService(options: ServiceOptions): Promise<void> {
  requireNode();
  const stops: { readonly name: string; readonly stop: () => Promise<void> | void }[] = [];
  let logger: Logger | undefined;
  let ending = false;

  const report = (error: unknown) => {
    if (logger !== undefined) logger.fatal({ err: error }, 'service ends because of an error');
    else process.stderr.write(`${error instanceof FlotillaError ? error.message : describeFailure(error)}\n`);
  };

  const end = async (exitCode: number) => {
    if (ending) return;
    ending = true;
    systemClock.after(STOP_MS_MAX, () => process.exit(1));
    for (const { name, stop } of stops.toReversed()) {
      try {
        await stop();
      } catch (error) {
        logger?.error({ err: error, part: name }, 'a part did not stop cleanly');
      }
    }
    logger?.info('stopped');
    process.exit(exitCode);
  };

  const fail = (error: unknown) => {
    report(error);
    // After a bug the state of the process is unknown, so it exits at once. After an operating error it stops its parts in order.
    if (error instanceof FlotillaError) void end(1);
    else process.exit(1);
  };

  process.on('uncaughtException', fail);
  process.on('unhandledRejection', fail);
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.on(signal, () => {
      logger?.info({ signal }, 'stopping');
      void end(0);
    });
  }
  try {
    await options.start({
      useLogger(value) {
        logger = value;
      },
      onStop(name, stop) {
        stops.push({ name, stop });
      },
      end(error) {
        if (error === undefined) void end(0);
        else fail(error);
      },
    });
    logger?.info('started');
  } catch (error) {
    fail(error);
  }
}

function describeFailure(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
