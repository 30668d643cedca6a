/** Logs: one JSON object a line on standard output, with the service and revision in each, and no secret in any. */
import { type Bindings, type ChildLoggerOptions, type DestinationStream, type Logger as PinoLogger, pino, stdTimeFunctions } from 'pino';
import { redactSecrets } from './redact-secrets.ts';

export type Logger = PinoLogger;

export interface LoggerOptions {
  readonly service: string;
  readonly revision: string;
  readonly level: string;
  /** Standard output unless told otherwise. */
  readonly destination?: DestinationStream;
}

/** Use `child({ corr_id })` for everything that belongs to one signal's way. Fields that are named like secrets are censored at any depth. */
export function makeLogger(options: LoggerOptions): Logger {
  const settings = {
    level: options.level,
    base: { service: options.service, revision: options.revision },
    timestamp: stdTimeFunctions.isoTime,
    formatters: {
      level: (label: string) => ({ level: label }),
      log: redactSecrets,
    },
  };
  return withRedactedChildren(options.destination === undefined ? pino(settings) : pino(settings, options.destination));
}

type ChildMethod = (this: Logger, bindings: Bindings, options?: ChildLoggerOptions) => Logger;

/** Pino formats the bindings of the root alone; children inherit this method, and with it the censorship of theirs. */
function withRedactedChildren(logger: Logger): Logger {
  const inherited: unknown = Reflect.get(logger, 'child');
  const bind = inherited as ChildMethod;
  const child: ChildMethod = function child(bindings, options) {
    return bind.call(this, redactSecrets(bindings), options);
  };
  Object.defineProperty(logger, 'child', { value: child });
  return logger;
}
