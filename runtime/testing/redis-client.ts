/** A plain connection to a test server, with no more than one user may do. */
import { createClient } from 'redis';
import type { StoreLogin } from '../store-login.ts';

export interface RedisClient {
  /** Sends one command. Rejects with the words of the server. */
  run(...command: readonly string[]): Promise<unknown>;
  isOpen(): boolean;
  close(): void;
}

/** Never connects again: a connection that the server closed stays closed. */
export async function openRedisClient(url: string, { user, password }: StoreLogin): Promise<RedisClient> {
  const client = createClient({ url, username: user, password, disableClientInfo: true, socket: { reconnectStrategy: false } });
  client.on('error', () => undefined);
  await client.connect();
  return {
    run: (...command) => client.sendCommand([...command]),
    isOpen: () => client.isOpen,
    close() {
      if (client.isOpen) client.destroy();
    },
  };
}
