/** The Store port on Redis, behind a circuit breaker, so that calls fail at once while Redis is away. */
import { FlotillaError } from '@flotilla/contracts/errors/errors.ts';
import type { Clock, Store } from '@flotilla/contracts/ports.ts';
import { makeBreaker } from './breaker.ts';
import type { Logger } from './log.ts';

const CONNECT_TIMEOUT_MS = 2_000;
const COMMAND_TIMEOUT_MS = 1_000;
const RECONNECT_MS_MAX = 1_000;

export interface StoreOptions {
  readonly url: string;
  readonly user?: string | undefined;
  readonly password?: string | undefined;
  readonly logger: Logger;
  readonly clock: Clock;
}

/** Resolves at once; connects, and reconnects for ever, in the background. Only a service with a store loads the client. */
export async function connectStore(options: StoreOptions): Promise<Store> {
  const { logger } = options;
  const { createClient, RESP_TYPES } = await import('redis');
  const client = createClient({
    url: options.url,
    ...(options.user === undefined ? {} : { username: options.user }),
    ...(options.password === undefined ? {} : { password: options.password }),
    // CLIENT SETINFO would need one more right, and Redis 7.0 does not have the command.
    disableClientInfo: true,
    disableOfflineQueue: true,
    socket: {
      connectTimeout: CONNECT_TIMEOUT_MS,
      reconnectStrategy: (attempt) => Math.min(50 * 2 ** Math.min(attempt, 5), RECONNECT_MS_MAX),
    },
  });
  const binary = client.withTypeMapping({ [RESP_TYPES.BLOB_STRING]: Buffer });
  let lastProblem = 'not connected yet';
  client.on('error', (error: Error) => {
    if (error.message !== lastProblem) logger.warn({ err: error }, 'Redis is not reachable; retrying');
    lastProblem = error.message;
  });
  client.on('ready', () => {
    lastProblem = '';
    logger.info('connected to Redis');
  });
  client.connect().catch((error: unknown) => logger.error({ err: error }, 'the connection to Redis ended'));

  const breaker = makeBreaker({
    dependency: 'Redis',
    onStateChange: (state) => logger.warn({ state }, 'circuit breaker of Redis changed'),
  });
  const call = <T>(command: () => Promise<T>): Promise<T> =>
    breaker.run(async () => {
      try {
        return await within(options.clock, COMMAND_TIMEOUT_MS, command());
      } catch (cause) {
        const found = lastProblem !== '' ? lastProblem : cause instanceof Error ? cause.message : String(cause);
        throw new FlotillaError('STORE_UNAVAILABLE', `expected an answer of Redis, found: ${found}`, { cause });
      }
    });

  return {
    get: (key) =>
      call(async () => {
        const value = await binary.get(key);
        return value === null ? undefined : new Uint8Array(value);
      }),
    set: (key, value) =>
      call(async () => {
        await client.set(key, Buffer.from(value.buffer, value.byteOffset, value.byteLength));
      }),
    setIfAbsent: (key, value, ttlMs) =>
      call(async () => (await client.set(key, value, { condition: 'NX', expiration: { type: 'PX', value: ttlMs } })) === 'OK'),
    connected: () => client.isReady,
    async close() {
      try {
        if (client.isReady) await within(options.clock, COMMAND_TIMEOUT_MS, client.close());
        else client.destroy();
      } catch {
        client.destroy();
      }
    },
  };
}

/** Bounds the wait for an answer. The client's own timeout ends when the command is sent, so a server that hangs later would block its caller. */
function within<T>(clock: Clock, timeoutMs: number, work: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const cancel = clock.after(timeoutMs, () => reject(new Error(`no answer within ${timeoutMs} ms`)));
    work.then(resolve, reject).finally(cancel);
  });
}
