/** The logger that the library writes to: fields first, then the message. A pino logger fits. */
export interface KernelLogger {
  debug(fields: Readonly<Record<string, unknown>>, message: string): void;
  info(fields: Readonly<Record<string, unknown>>, message: string): void;
  warn(fields: Readonly<Record<string, unknown>>, message: string): void;
  error(fields: Readonly<Record<string, unknown>>, message: string): void;
}

export const silentLogger: KernelLogger = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };

/** The same logger with fields in every line. Fields of a line win. */
export function withFields(logger: KernelLogger, own: Readonly<Record<string, unknown>>): KernelLogger {
  return {
    debug: (fields, message) => logger.debug({ ...own, ...fields }, message),
    info: (fields, message) => logger.info({ ...own, ...fields }, message),
    warn: (fields, message) => logger.warn({ ...own, ...fields }, message),
    error: (fields, message) => logger.error({ ...own, ...fields }, message),
  };
}
