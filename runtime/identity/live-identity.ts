/**
 * Keeps the keys of one reader as its mounted Secret has them, so that a rotation of keys needs no restart.
 *
 * Reads the file again every few seconds instead of waiting for file system events: a mounted Secret changes by a swap of symbolic links, which
 * watchers miss.
 */
import { FlotillaError } from '@flotilla/contracts/errors/errors.ts';
import type { Clock } from '@flotilla/contracts/ports.ts';
import type { Logger } from '../log.ts';
import { readIdentityFile } from './identity-file.ts';

const INTERVAL_MS = 2_000;

export interface LiveIdentity<T extends object> {
  /** Reading a field gives its present value. */
  readonly keys: T;
  /** Calls back after each change. */
  onChange(callback: () => void): void;
  stop(): void;
}

export interface LiveIdentityOptions<T extends object> {
  readonly path: string;
  /** Without one of them the file is not used. */
  readonly fields: readonly (keyof T & string)[];
  /** Present while a rotation lasts. */
  readonly optionalFields: readonly (keyof T & string)[];
  readonly clock: Pick<Clock, 'after'>;
  readonly logger: Pick<Logger, 'info' | 'error'>;
}

/** @throws FlotillaError `CONFIG_INVALID` when the file cannot be used at the start. Later the last usable content stays in force. */
export function openLiveIdentity<T extends object>(options: LiveIdentityOptions<T>): LiveIdentity<T> {
  const { path, fields, optionalFields, clock, logger } = options;
  let current = readIdentityFile<T>(path, fields);
  let problem: string | undefined;
  const callbacks = new Set<() => void>();
  const look = (): void => {
    cancel = clock.after(INTERVAL_MS, look);
    try {
      const read = readIdentityFile<T>(path, fields);
      problem = undefined;
      if (JSON.stringify(read) === JSON.stringify(current)) return;
      current = read;
    } catch (error) {
      if (!(error instanceof FlotillaError)) throw error;
      if (error.message !== problem)
        logger.error({ err: error }, 'the file with the keys of the bus cannot be used; the keys in force stay');
      problem = error.message;
      return;
    }
    logger.info('the file with the keys of the bus has changed; its keys are in force');
    for (const callback of callbacks) callback();
  };
  let cancel = clock.after(INTERVAL_MS, look);
  const getters = [...fields, ...optionalFields].map((field) => [field, { enumerable: true, get: () => current[field] }] as const);
  return {
    keys: Object.defineProperties({}, Object.fromEntries(getters)) as T,
    onChange: (callback) => void callbacks.add(callback),
    stop: () => cancel(),
  };
}

/** Makes the connections that are open at the time anew when the keys have changed, so that the servers see the present login. */
export function connectAnewOnChange(
  identity: Pick<LiveIdentity<object>, 'onChange'>,
  connections: Iterable<{ reconnect(): Promise<void> }>,
  logger: Pick<Logger, 'warn'>,
): void {
  identity.onChange(() => {
    for (const connection of connections)
      connection
        .reconnect()
        .catch((err: unknown) => logger.warn({ err }, 'could not connect anew with the changed keys; the next connection shows them'));
  });
}
