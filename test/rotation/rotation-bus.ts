/** The bus of a rotation: one server, or three that replicate. Configuration and restarts reach the servers as a StatefulSet would bring them. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Installation } from '@flotilla/runtime/identity/rotation/rotation-keys.ts';
import { serverIdentityText } from '@flotilla/runtime/identity/server-identity.ts';
import { eventually } from '@flotilla/runtime/testing/eventually.ts';
import { startNatsCluster } from '@flotilla/runtime/testing/nats-cluster.ts';
import { type NatsServer, startNatsServer } from '@flotilla/runtime/testing/nats-server.ts';

/** The readiness probe of the chart. */
const READINESS = '?js-server-only=true';
const READY_MS_MAX = 60_000;

export interface RotationBus {
  /** Of one server; the clients learn the others from it. */
  readonly url: string;
  readonly identity: NatsServer['identity'];
  readonly serverCount: number;
  /** A server reads the file when it starts anew. */
  writeConfig(server: Installation['server']): void;
  /** Ends one server after the other as a power cut would, and starts it again. Each waits until the one before is ready. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

export async function startRotationBus(serverCount: 1 | 3): Promise<RotationBus> {
  const started = serverCount === 1 ? await startOne() : await startThree();
  const { servers } = started;
  const [first] = servers.values();
  if (first === undefined) throw new Error('expected a server of the bus, found none');
  return {
    url: first.url,
    identity: first.identity,
    serverCount,
    writeConfig(identity) {
      for (const server of servers.values()) writeServerConfig(server, identity);
    },
    async restart() {
      for (const [name, server] of servers) {
        await server.restart();
        await eventually(`the server ${name} is ready`, () => started.isReady(name), READY_MS_MAX);
      }
    },
    stop: () => started.stop(),
  };
}

interface Servers {
  readonly servers: ReadonlyMap<string, NatsServer>;
  readonly isReady: (name: string) => Promise<boolean>;
  readonly stop: () => Promise<void>;
}

async function startOne(): Promise<Servers> {
  const server = await startNatsServer({ callout: true });
  return { servers: new Map([['test', server]]), isReady: () => Promise.resolve(true), stop: () => server.stop() };
}

async function startThree(): Promise<Servers> {
  const cluster = await startNatsCluster({ callout: true });
  const { servers, healthUrls } = cluster;
  const isReady = (name: string): Promise<boolean> => fetch(`${healthUrls.get(name)}${READINESS}`).then(({ status }) => status === 200);
  return { servers, isReady, stop: () => cluster.stop() };
}

function writeServerConfig({ folder }: NatsServer, server: Installation['server']): void {
  const path = join(folder, 'nats.conf');
  const own = readFileSync(path, 'utf8')
    .split('\n')
    .filter((line) => /^(listen|server_name|jetstream|cluster|http)/.test(line));
  writeFileSync(path, [...own, serverIdentityText(server, join(folder, 'accounts'))].join('\n'));
}
