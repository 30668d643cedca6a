/** The port to keep the users of the store, on Redis. */
import { FlotillaError } from '@flotilla/contracts/errors/errors.ts';
import type { Logger } from './log.ts';
import { parseStoreDenials } from './parse-store-denials.ts';
import type { StoreAdmin } from './store-admin.ts';

const CONNECT_TIMEOUT_MS = 2_000;
const COMMAND_TIMEOUT_MS = 2_000;
const RECONNECT_MS_MAX = 500;
/** Entries of the store's log of denials that one look reads. */
const DENIALS_READ_MAX = 1_000;
/** How the store words the refusal of a dry run. */
const REFUSED = /has no permissions to/;

export interface StoreAdminOptions {
  readonly url: string;
  readonly user: string;
  readonly password: string;
  readonly logger: Logger;
}

/** Resolves at once; connects, and reconnects for ever, in the background. Only an operator that keeps a store loads the client. */
export async function openStoreAdmin({ url, user, password, logger }: StoreAdminOptions): Promise<StoreAdmin> {
  const { createClient } = await import('redis');
  const client = createClient({
    url,
    username: user,
    password,
    disableClientInfo: true,
    disableOfflineQueue: true,
    commandOptions: { timeout: COMMAND_TIMEOUT_MS },
    socket: {
      connectTimeout: CONNECT_TIMEOUT_MS,
      reconnectStrategy: (attempt) => Math.min(50 * 2 ** Math.min(attempt, 5), RECONNECT_MS_MAX),
    },
  });
  let lastProblem = '';
  client.on('error', (error: Error) => {
    if (error.message !== lastProblem) logger.warn({ err: error }, 'Redis is not reachable for the operator; retrying');
    lastProblem = error.message;
  });
  client.on('ready', () => (lastProblem = ''));
  client.connect().catch((error: unknown) => logger.error({ err: error }, 'the connection of the operator to Redis ended'));

  const call = async (command: readonly string[]): Promise<unknown> => {
    try {
      return await client.sendCommand([...command]);
    } catch (cause) {
      // The words of the server do not repeat the command.
      const found = lastProblem !== '' ? lastProblem : cause instanceof Error ? cause.message : String(cause);
      throw new FlotillaError('STORE_UNAVAILABLE', `expected Redis to take ${command.slice(0, 2).join(' ')}, found: ${found}`, { cause });
    }
  };

  return {
    users: async () => lines(await call(['ACL', 'LIST'])),
    setUser: async (name, tokens) => void (await call(['ACL', 'SETUSER', name, 'reset', ...tokens])),
    removeUser: async (name) => void (await call(['ACL', 'DELUSER', name])),
    closeConnections: async (name) => void (await call(['CLIENT', 'KILL', 'USER', name])),
    async connectedUsers() {
      const list = String(await call(['CLIENT', 'LIST']));
      return list.split('\n').flatMap((line) => / user=(\S+)/.exec(line)?.[1] ?? []);
    },
    async wouldAllow(name, command) {
      const answer = String(await call(['ACL', 'DRYRUN', name, ...command]));
      if (answer === 'OK') return true;
      if (REFUSED.test(answer)) return false;
      throw new FlotillaError(
        'STORE_UNAVAILABLE',
        `expected OK or a refusal of Redis for a dry run of ${command[0] ?? ''}, found: ${answer}`,
      );
    },
    denials: async () => parseStoreDenials(await call(['ACL', 'LOG', String(DENIALS_READ_MAX)])),
    onConnect(callback) {
      client.on('ready', callback);
      return () => void client.off('ready', callback);
    },
    close: () => client.destroy(),
  };
}

function lines(answer: unknown): readonly string[] {
  return Array.isArray(answer) ? answer.map(String) : [];
}
