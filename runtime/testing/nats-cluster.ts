/** Three real nats-servers in one JetStream cluster, for tests of what replicas do: one that lags, a leader that hangs. */
import type { NatsBus } from '../bus/connect-bus.ts';
import { type BusIdentity, makeBusIdentity } from './bus-identity.ts';
import { eventually } from './eventually.ts';
import { freePort } from './free-port.ts';
import { type NatsServer, type NatsServerOptions, startNatsServer } from './nats-server.ts';
import { openTestBus } from './open-test-bus.ts';

const NAMES = ['n1', 'n2', 'n3'] as const;
/** Bound on an election on a busy machine. */
const READY_MS_MAX = 60_000;

export interface NatsCluster {
  readonly servers: ReadonlyMap<string, NatsServer>;
  /** By name: the address at which a server answers the probes of the chart. */
  readonly healthUrls: ReadonlyMap<string, string>;
  /** Name of the server that leads a stream. */
  leaderOf(bus: NatsBus, stream: string): Promise<string>;
  stop(): Promise<void>;
}

/** Resolves when streams with three replicas can be made. */
export async function startNatsCluster(options: Pick<NatsServerOptions, 'resolverInterval' | 'callout'> = {}): Promise<NatsCluster> {
  const ports = await Promise.all(NAMES.map(() => freePort()));
  const healthPorts = await Promise.all(NAMES.map(() => freePort()));
  const routes = ports.map((port) => `"nats-route://127.0.0.1:${port}"`).join(', ');
  const urls: string[] = [];
  const identity = makeBusIdentity(() => urls);
  const started = await Promise.all(
    NAMES.map(async (name, index) => {
      const configText = [
        `cluster { name: "test", listen: "127.0.0.1:${ports[index]}", routes: [${routes}] }`,
        `http: "127.0.0.1:${healthPorts[index]}"`,
      ].join('\n');
      return [name, await startNatsServer({ ...options, name, configText, identity })] as const;
    }),
  );
  const servers = new Map<string, NatsServer>(started);
  for (const { url } of servers.values()) urls.push(url);
  await waitUntilReady(servers, identity);
  return {
    servers,
    healthUrls: new Map(NAMES.map((name, index) => [name, `http://127.0.0.1:${healthPorts[index]}/healthz`])),
    leaderOf: (bus, stream) => eventually(`${stream} has a leader`, () => findLeader(bus, stream), READY_MS_MAX),
    async stop() {
      await Promise.all([...servers.values()].map((server) => server.stop()));
    },
  };
}

async function waitUntilReady(servers: ReadonlyMap<string, NatsServer>, { adminLogin }: BusIdentity): Promise<void> {
  const [first] = servers.values();
  const bus = await openTestBus({ url: first?.url ?? '', login: adminLogin });
  await eventually(
    'three servers replicate',
    () =>
      bus.callApi('STREAM.CREATE.PROBE', { name: 'PROBE', subjects: ['probe'], storage: 'memory', num_replicas: NAMES.length }).then(
        () => true,
        () => false,
      ),
    READY_MS_MAX,
  );
  await bus.callApi('STREAM.DELETE.PROBE');
  await bus.close();
}

async function findLeader(bus: NatsBus, stream: string): Promise<string | undefined> {
  const info = await bus.callApi<{ readonly cluster?: { readonly leader?: string } }>(`STREAM.INFO.${stream}`);
  return info.cluster?.leader;
}
