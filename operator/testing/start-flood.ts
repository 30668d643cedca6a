/** Publishes as fast as a client can, without waiting for answers, for tests of what a revocation leaves in flight. */
import type { RawConnection } from '@flotilla/runtime/testing/open-raw-connection.ts';
import { setImmediate } from 'node:timers/promises';

const BURST = 50;
const PAYLOAD = 'x'.repeat(256);

export interface Flood {
  /** Resolves when the flood has published so many more. */
  more(count: number): Promise<void>;
  /** Resolves when the server has closed the connection. */
  closed(): Promise<void>;
  stop(): Promise<void>;
}

export function startFlood(connection: RawConnection, subject: string): Flood {
  const ending = new AbortController();
  const { signal } = ending;
  const closed = connection.closed().then(() => ending.abort());
  const counted = { bursts: 0 };
  const running = flood();

  async function flood(): Promise<void> {
    while (!signal.aborted && !connection.isClosed()) {
      for (let index = 0; index < BURST; index += 1) connection.publish(subject, PAYLOAD);
      counted.bursts += 1;
      // A client that never waits would fill its own memory. A flush of a connection that the server closes may never end.
      await Promise.race([connection.flush().catch(() => undefined), closed]);
      await setImmediate();
    }
  }

  return {
    async more(count) {
      const until = counted.bursts + count / BURST;
      while (!signal.aborted && counted.bursts < until) await setImmediate();
    },
    closed: () => closed,
    async stop() {
      ending.abort();
      await running;
      await connection.close();
    },
  };
}
