/** Starts the bare hops beside a fleet, on its nats-server. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { ensureStream, type NatsBus } from '@flotilla/runtime';
import { FLOOR_STREAMS, floorStream, HOPS } from './floor-streams.ts';

const ACK_WAIT_NS = 30_000_000_000;

export interface Floor {
  stop(): Promise<void>;
}

export async function startFloor(bus: NatsBus, url: string): Promise<Floor> {
  for (const name of FLOOR_STREAMS) await ensureStream(bus, floorStream(name), { replicas: 1 });
  for (const { name, stream, filter } of HOPS) {
    const config = { name, durable_name: name, deliver_policy: 'all', ack_policy: 'explicit', ack_wait: ACK_WAIT_NS, max_ack_pending: 100 };
    await bus.callApi(`CONSUMER.CREATE.${stream}.${name}`, {
      stream_name: stream,
      config: { ...config, max_deliver: -1, replay_policy: 'instant', filter_subjects: [filter] },
    });
  }
  const children = await Promise.all(HOPS.map(({ name }) => startHop(url, name)));
  process.once('exit', () => children.forEach((child) => child.kill('SIGKILL')));
  return {
    async stop() {
      await Promise.all(
        children.map(async (child) => {
          const exited = once(child, 'exit');
          child.kill('SIGKILL');
          await exited;
        }),
      );
    },
  };
}

async function startHop(url: string, name: string): Promise<ChildProcess> {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'hop.ts'), url, name], { stdio: ['ignore', 'pipe', 'inherit'] });
  await once(child.stdout, 'data');
  return child;
}
