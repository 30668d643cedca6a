/** Logs: one JSON object in each line of standard output, with the service and its revision, and without secrets. */
import { type Bindings, type ChildLoggerOptions, type DestinationStream, type Logger as PinoLogger, pino, stdTimeFunctions } from 'pino';
import { redactSecrets } from './redact-secrets.ts';

export type Logger = PinoLogger;

export interface LoggerOptions {
  readonly service: string;
  readonly revision: string;
  readonly level: string;
  /** Default: standard output. */
  readonly destination?: DestinationStream;
}

/** Use `child({ corr_id })` for all lines about one signal. Fields that are named like secrets are censored at any depth. */
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

/** Pino formats the bindings of the root logger alone. Child loggers inherit this method, which censors their bindings too. */
function withRedactedChildren(logger: Logger): Logger {
  const inherited: unknown = Reflect.get(logger, 'child');
  const bind = inherited as ChildMethod;
  const child: ChildMethod = function child(bindings, options) {
    return bind.call(this, redactSecrets(bindings), options);
  };
  Object.defineProperty(logger, 'child', { value: child });
  return logger;
}
