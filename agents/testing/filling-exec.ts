/** An exec of tests that fills every order whole, as soon as it sees it, each once. */
import { systemClock } from '@flotilla/runtime/clock.ts';
import type { FleetServers } from './fleet-servers.ts';

const POLL_MS = 5;

export interface FillingExec {
  /** Order intents seen. */
  count(): number;
  stop(): Promise<void>;
}

export function startFillingExec(servers: FleetServers, strategy: string): FillingExec {
  const stopping = new AbortController();
  let count = 0;
  const fill = async () => {
    for (const intent of (await servers.readIntents(strategy)).slice(count)) {
      await servers.endOrder(intent, intent.quantity);
      count += 1;
    }
  };
  const run = async () => {
    while (!stopping.signal.aborted) {
      // The bus may be away for a while.
      await fill().catch(() => undefined);
      await systemClock.sleep(POLL_MS, stopping.signal).catch(() => undefined);
    }
  };
  const running = run();
  return {
    count: () => count,
    async stop() {
      stopping.abort();
      await running;
    },
  };
}
