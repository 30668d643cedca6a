/** Measures what accounts cost on the signal path: publication with awaited acknowledgement through an import, against one account without permissions. */
import type { NatsBus } from '@flotilla/runtime/bus/connect-bus.ts';
import { STREAMS } from '@flotilla/contracts/bus/streams.ts';
import { ensureStream } from '@flotilla/runtime/provision/ensure-stream.ts';
import { startNatsServer } from '@flotilla/runtime/testing/nats-server.ts';
import { openTestBus } from '@flotilla/runtime/testing/open-test-bus.ts';
import { percentile } from '../harness/statistics.ts';
import type { Installation } from './installation.ts';

const SUBJECT = 'signals.raw.bench';
const WARM_UP = 500;
const MESSAGES = 4_000;
/** Turns between the two servers within a round, so that other load on the machine affects both alike. */
const TURNS = 8;

export interface PathCost {
  /** In milliseconds. */
  readonly accountsP50: number;
  readonly floorP50: number;
  readonly ratio: number;
}

export interface PathServers {
  readonly accounts: NatsBus;
  readonly floor: NatsBus;
  stop(): Promise<void>;
}

/** The floor is a server without accounts and permissions, with the same stream and the same sync of every write. */
export async function startPathServers(installation: Installation): Promise<PathServers> {
  await installation.pusher.converge([{ principal: { role: 'Gateway' }, serviceAccount: 'flotilla-gateway' }]);
  const accounts = await installation.open({ role: 'Gateway' });
  const server = await startNatsServer({ accounts: '' });
  const floor = await openTestBus({ url: server.url });
  await ensureStream(floor, STREAMS.SIGNALS, { replicas: 1 });
  return {
    accounts,
    floor,
    async stop() {
      await accounts.close();
      await floor.close();
      await server.stop();
    },
  };
}

export async function measurePath({ accounts, floor }: PathServers): Promise<PathCost> {
  await publishSerially(accounts, WARM_UP);
  await publishSerially(floor, WARM_UP);
  const times: Record<'accounts' | 'floor', number[]> = { accounts: [], floor: [] };
  for (let turn = 0; turn < TURNS; turn += 1) {
    times.accounts.push(...(await publishSerially(accounts, MESSAGES / TURNS)));
    times.floor.push(...(await publishSerially(floor, MESSAGES / TURNS)));
  }
  const [accountsP50, floorP50] = [percentile(times.accounts, 50), percentile(times.floor, 50)];
  return { accountsP50, floorP50, ratio: accountsP50 / floorP50 };
}

let counter = 0;

async function publishSerially(bus: NatsBus, count: number): Promise<readonly number[]> {
  const times: number[] = [];
  for (let index = 0; index < count; index += 1) {
    const startedMs = performance.now();
    await bus.publish(SUBJECT, Buffer.from('{"price":"611.87"}'), { messageId: `bench-${(counter += 1)}` });
    times.push(performance.now() - startedMs);
  }
  return times;
}
