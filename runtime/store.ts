/** The Store port on Redis, behind a circuit breaker, so that calls fail at once while Redis is away. */
import { FlotillaError } from '@flotilla/contracts/errors/errors.ts';
import type { Clock, Store } from '@flotilla/contracts/ports.ts';
import { makeBreaker } from './breaker.ts';
import type { Logger } from './log.ts';
import { type LoginInUse, makeLoginInUse, type StoreLogin } from './store-login.ts';

const CONNECT_TIMEOUT_MS = 2_000;
const COMMAND_TIMEOUT_MS = 1_000;
const RECONNECT_MS_MAX = 1_000;
/** A login that was changed is taken up within this time. */
const LOGIN_LOOK_MS = 5_000;

export interface StoreOptions {
  readonly url: string;
  /** Gives the login that is in force now. The store asks at each connection, and again and again: a new login is taken up on the open connection. */
  readonly readLogin: () => Promise<StoreLogin>;
  /** Comes before every key. */
  readonly keyPrefix: string;
  readonly logger: Logger;
  readonly clock: Clock;
}

/** Resolves at once; connects, and reconnects for ever, in the background. Only a service with a store loads the client. */
export async function connectStore(options: StoreOptions): Promise<Store> {
  const { logger, clock, keyPrefix } = options;
  const login = makeLoginInUse(options.readLogin);
  const { RESP_TYPES } = await import('redis');
  const client = await makeClient(options.url, login);
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

  const stopLooking = followLogin(options, login, (one) =>
    client.isReady ? client.auth({ username: one.user, password: one.password }) : Promise.resolve(),
  );

  const breaker = makeBreaker({
    dependency: 'Redis',
    onStateChange: (state) => logger.warn({ state }, 'circuit breaker of Redis changed'),
  });
  const call = <T>(command: () => Promise<T>): Promise<T> =>
    breaker.run(async () => {
      try {
        return await within(clock, COMMAND_TIMEOUT_MS, command());
      } catch (cause) {
        const found = lastProblem !== '' ? lastProblem : cause instanceof Error ? cause.message : String(cause);
        throw new FlotillaError('STORE_UNAVAILABLE', `expected an answer of Redis, found: ${found}`, { cause });
      }
    });

  return {
    get: (key) =>
      call(async () => {
        const value = await binary.get(keyPrefix + key);
        return value === null ? undefined : new Uint8Array(value);
      }),
    set: (key, value) =>
      call(async () => {
        await client.set(keyPrefix + key, Buffer.from(value.buffer, value.byteOffset, value.byteLength));
      }),
    setIfAbsent: (key, value, ttlMs) =>
      call(async () => (await client.set(keyPrefix + key, value, { condition: 'NX', expiration: { type: 'PX', value: ttlMs } })) === 'OK'),
    connected: () => client.isReady,
    async close() {
      stopLooking();
      try {
        if (client.isReady) await within(clock, COMMAND_TIMEOUT_MS, client.close());
        else client.destroy();
      } catch {
        client.destroy();
      }
    },
  };
}

async function makeClient(url: string, login: LoginInUse) {
  const { createClient } = await import('redis');
  return createClient({
    url,
    credentialsProvider: {
      type: 'async-credentials-provider',
      async credentials() {
        const { user, password } = await login.take();
        return { username: user, password };
      },
    },
    // CLIENT SETINFO would need one more right, and Redis 7.0 does not have the command.
    disableClientInfo: true,
    disableOfflineQueue: true,
    socket: {
      connectTimeout: CONNECT_TIMEOUT_MS,
      reconnectStrategy: (attempt) => Math.min(50 * 2 ** Math.min(attempt, 5), RECONNECT_MS_MAX),
    },
  });
}

/** Looks for another login again and again, and gives it to `use`. The result ends that. */
function followLogin(
  { clock, logger }: Pick<StoreOptions, 'clock' | 'logger'>,
  login: LoginInUse,
  use: (login: StoreLogin) => Promise<unknown>,
): () => void {
  let isEnded = false;
  const look = async (): Promise<void> => {
    try {
      if (await login.takeChanged(use)) logger.info('took up a new login at Redis on the open connection');
    } catch (error) {
      // The old login still works, or the next connection asks for the new one.
      logger.warn({ err: error }, 'the new login at Redis could not be taken up yet; retrying');
    }
    if (!isEnded) cancel = clock.after(LOGIN_LOOK_MS, () => void look());
  };
  let cancel = clock.after(LOGIN_LOOK_MS, () => void look());
  return () => {
    isEnded = true;
    cancel();
  };
}

/** Bounds the wait for an answer. The client's own timeout ends when the command is sent, so a server that hangs later would block its caller. */
function within<T>(clock: Clock, timeoutMs: number, work: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const cancel = clock.after(timeoutMs, () => reject(new Error(`no answer within ${timeoutMs} ms`)));
    work.then(resolve, reject).finally(cancel);
  });
}
