/** What the kernel asks of a logger; pino fits. Fields first, then the message. */
export interface KernelLogger {
  debug(fields: Readonly<Record<string, unknown>>, message: string): void;
  info(fields: Readonly<Record<string, unknown>>, message: string): void;
  warn(fields: Readonly<Record<string, unknown>>, message: string): void;
  error(fields: Readonly<Record<string, unknown>>, message: string): void;
}

export const silentLogger: KernelLogger = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };
