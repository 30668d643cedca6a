/**
 * The connections that an installation allows, each with its reason. Every other connection is denied at each end that is a pod of Flotilla;
 * the policies of Flotilla concern no other pod.
 */
import { SERVICE_PORTS } from '@flotilla/contracts/values/service-ports.ts';
import { CHART_MATRIX } from './chart-matrix.ts';
import type { ChartCase } from './render-chart.ts';

/** As in `4222/TCP`. */
export type Port = `${number}/${'TCP' | 'UDP'}`;

export interface AllowedReach {
  /** Names of workloads or of peers in `network-world.ts`. */
  readonly from: readonly string[];
  readonly to: readonly string[];
  readonly ports: readonly Port[];
  readonly reason: string;
  /** Allowed at one end alone, so the other end denies the connection. */
  readonly onlyAt?: 'egress' | 'ingress';
}

export interface NetworkCase {
  readonly chartCase: ChartCase;
  readonly allowed: readonly AllowedReach[];
}

/** Every port that something in or around an installation serves, and the port of a debugger. */
export const PROBED_PORTS: readonly Port[] = [
  ...(['53/UDP', '53/TCP', '5353/UDP', '5353/TCP', '80/TCP', '443/TCP', '443/UDP', '6443/TCP'] as const),
  ...(['4222/TCP', '4222/UDP', '4443/TCP', '6222/TCP', '8222/TCP', '6379/TCP', '9229/TCP'] as const),
  ...Object.values(SERVICE_PORTS).map((port): Port => `${port}/TCP`),
];

const EXECS = ['main-exec', 'second-exec'];
const AGENTS = ['btc-agent', 'eth-agent', 'sol-agent'];
/** Workloads that send traces. */
const TRACED = ['flotilla-operator', 'flotilla-gateway', ...EXECS, ...AGENTS];
const CALLERS_OF_BUS = [...TRACED, 'flotilla-audit', 'flotilla-callout'];
const CALLERS_OF_STORE = ['flotilla-gateway'];
const CALLERS_OF_API_SERVER = ['flotilla-operator', 'flotilla-credentials', 'flotilla-uninstall'];

const OWN_WITHOUT_SERVERS = [...CALLERS_OF_BUS, 'flotilla-credentials', 'flotilla-uninstall', 'newcomer'];

const PODS_OF_OTHERS = ['neighbour', 'research', 'stranger', 'pretender', 'pretended-dns', 'dns', 'system-pod', 'prometheus'];
/** Addresses that a workload may have a reason to call when the installation names none. */
const ADDRESSES = ['outside', 'sponsor', 'api-server', 'api-server-of-desk', 'collector', 'foreign-bus', 'foreign-store'];
const LINK_LOCAL = ['metadata', 'local-dns'];
const FOREIGN = [...PODS_OF_OTHERS, ...ADDRESSES, ...LINK_LOCAL];

const WEBHOOKS: Omit<AllowedReach, 'from'> = {
  to: ['flotilla-gateway'],
  ports: ['8001/TCP'],
  reason: 'webhooks come from everywhere, and each is signed; a pod of Flotilla sends none',
};

const dns = (from: readonly string[]): AllowedReach => ({
  from,
  to: ['dns'],
  ports: ['53/UDP', '53/TCP'],
  reason: 'every workload that calls a server by name asks the DNS pods of the cluster',
});

const metrics = (to: readonly string[], port: number): AllowedReach => ({
  from: ['prometheus'],
  to,
  ports: [`${port}/TCP`],
  reason: 'namespaces that are labelled for monitoring read health and metrics',
});

const SPONSOR: AllowedReach = {
  from: ['sol-agent'],
  to: ['sponsor'],
  ports: ['443/TCP'],
  reason: 'the AgentRole of the strategy names the host',
};

const EVERYWHERE: readonly AllowedReach[] = [
  { ...WEBHOOKS, from: FOREIGN },
  { ...WEBHOOKS, from: OWN_WITHOUT_SERVERS, onlyAt: 'ingress' },
  metrics(['flotilla-operator'], SERVICE_PORTS.operator),
  metrics(['flotilla-callout'], SERVICE_PORTS.callout),
  metrics(['flotilla-gateway'], SERVICE_PORTS.gatewayHealth),
  metrics(['flotilla-audit'], SERVICE_PORTS.audit),
  metrics(EXECS, SERVICE_PORTS.exec),
  metrics(AGENTS, SERVICE_PORTS.agents),
  SPONSOR,
];

const API_SERVER: AllowedReach = {
  from: CALLERS_OF_API_SERVER,
  to: ['api-server'],
  ports: ['443/TCP', '6443/TCP'],
  reason: 'the operator and two jobs call the API server, whose port depends on the cluster',
};

const OWN_SERVERS: readonly AllowedReach[] = [
  { from: CALLERS_OF_BUS, to: ['flotilla-nats'], ports: ['4222/TCP'], reason: 'services meet on the bus' },
  {
    from: ['flotilla-operator', ...CALLERS_OF_STORE],
    to: ['flotilla-redis'],
    ports: ['6379/TCP'],
    reason: 'the operator keeps users, and the gateway nonces',
  },
  metrics(['flotilla-nats'], 8222),
  { ...WEBHOOKS, from: ['flotilla-nats', 'flotilla-redis'], onlyAt: 'ingress' },
];

const BUS_CLUSTER: AllowedReach = {
  from: ['flotilla-nats'],
  to: ['flotilla-nats'],
  ports: ['6222/TCP'],
  reason: 'servers of the bus form a cluster',
};

const FULL: readonly AllowedReach[] = [
  ...EVERYWHERE,
  ...OWN_SERVERS,
  BUS_CLUSTER,
  { ...API_SERVER, to: ['api-server-of-desk'], ports: ['6443/TCP'] },
  {
    from: [...CALLERS_OF_BUS, 'flotilla-nats'],
    to: ['local-dns'],
    ports: ['53/UDP', '53/TCP', '5353/UDP', '5353/TCP'],
    reason: 'the installation names another DNS service and its ports',
  },
  { from: TRACED, to: ['collector'], ports: ['443/TCP'], reason: 'traces go to the collector in the external ranges' },
  { from: ['research'], to: ['flotilla-nats'], ports: ['4222/TCP'], reason: 'the installation names more callers of the bus' },
];

const EXTERNAL: readonly AllowedReach[] = [
  ...EVERYWHERE,
  API_SERVER,
  dns(CALLERS_OF_BUS),
  {
    from: CALLERS_OF_BUS,
    to: ['foreign-bus'],
    ports: ['4443/TCP'],
    reason: 'the installation names the address behind the name of the bus',
  },
  {
    from: CALLERS_OF_STORE,
    to: ['foreign-bus', 'foreign-store'],
    ports: ['6379/TCP'],
    reason: 'the installation names a range for servers outside, and the store has no address of its own in the values',
  },
];

function everyAddress(from: readonly string[], port: Port): readonly AllowedReach[] {
  const reason = 'a policy knows no host names, and the installation names no ranges; the profile durable refuses such values';
  return [
    { from, to: [...PODS_OF_OTHERS, ...ADDRESSES], ports: [port], reason },
    { from, to: OWN_WITHOUT_SERVERS, ports: [port], reason, onlyAt: 'egress' },
  ];
}

const UNNAMED_VALUES = {
  ...CHART_MATRIX.external.values,
  networkPolicies: CHART_MATRIX.defaults.values.networkPolicies,
  otlpEndpoint: 'http://collector.example.com',
};

export const NETWORK_CASES = {
  defaults: { chartCase: CHART_MATRIX.defaults, allowed: [...EVERYWHERE, ...OWN_SERVERS, API_SERVER, dns(CALLERS_OF_BUS)] },
  durable: {
    chartCase: CHART_MATRIX.durable,
    allowed: [...EVERYWHERE, ...OWN_SERVERS, API_SERVER, BUS_CLUSTER, dns([...CALLERS_OF_BUS, 'flotilla-nats'])],
  },
  full: { chartCase: CHART_MATRIX.full, allowed: FULL },
  external: { chartCase: CHART_MATRIX.external, allowed: EXTERNAL },
  'external servers without addresses': {
    chartCase: { values: UNNAMED_VALUES },
    allowed: [
      ...EVERYWHERE,
      API_SERVER,
      dns(CALLERS_OF_BUS),
      ...everyAddress(CALLERS_OF_BUS, '4443/TCP'),
      ...everyAddress(CALLERS_OF_STORE, '6379/TCP'),
      ...everyAddress(TRACED, '80/TCP'),
    ],
  },
} as const satisfies Readonly<Record<string, NetworkCase>>;
