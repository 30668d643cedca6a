/** The logger that the library writes to: fields first, then the message. A pino logger fits. */
export interface KernelLogger {
  debug(fields: Readonly<Record<string, unknown>>, message: string): void;
  info(fields: Readonly<Record<string, unknown>>, message: string): void;
  warn(fields: Readonly<Record<string, unknown>>, message: string): void;
  error(fields: Readonly<Record<string, unknown>>, message: string): void;
}

export const silentLogger: KernelLogger = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };
