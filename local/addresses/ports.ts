/** Every TCP port of a local cluster, all on 127.0.0.1. */
import { SERVICE_PORTS } from '@flotilla/contracts/values/service-ports.ts';

export interface PortDefinition {
  readonly port: number;
  readonly purpose: string;
  /** The process that listens on it. */
  readonly process: string;
}

export const PORTS = {
  apiserver: { port: 7443, purpose: 'Kubernetes API', process: 'kube-apiserver' },
  etcd: { port: 7379, purpose: 'etcd clients', process: 'etcd' },
  etcdPeer: { port: 7380, purpose: 'etcd peers', process: 'etcd' },
  controllerManager: { port: 7257, purpose: 'controller manager health', process: 'kube-controller-manager' },
  scheduler: { port: 7259, purpose: 'scheduler health', process: 'kube-scheduler' },
  nats: { port: 7222, purpose: 'NATS clients', process: 'nats-server' },
  natsMonitor: { port: 7822, purpose: 'NATS monitoring', process: 'nats-server' },
  redis: { port: 7639, purpose: 'Redis', process: 'redis-server' },
  operator: { port: SERVICE_PORTS.operator, purpose: 'operator health and metrics', process: 'operator' },
  callout: { port: SERVICE_PORTS.callout, purpose: 'callout health and metrics', process: 'callout' },
  gateway: { port: SERVICE_PORTS.gateway, purpose: 'gateway webhooks (NodePort)', process: 'process-node' },
} as const satisfies Record<string, PortDefinition>;

export type PortName = keyof typeof PORTS;
export type PortTable = Readonly<Record<PortName, number>>;

/** Node ports that the API server may hand out: the gateway's and this many after it. */
export const NODE_PORTS_AFTER_GATEWAY = 40;
const PORT_MAX = 65_535;
/** No two default ports lie 1,000 apart, so offsets in steps of 1,000 never meet. */
export const PORT_OFFSET_STEP = 1_000;
export const PORT_OFFSET_MAX = PORT_MAX - Math.max(...Object.values(PORTS).map(({ port }) => port)) - NODE_PORTS_AFTER_GATEWAY;

export function portTable(offset: number): PortTable {
  return Object.fromEntries(Object.entries(PORTS).map(([name, { port }]) => [name, port + offset])) as PortTable;
}

export function portDefinition(name: PortName): PortDefinition {
  return PORTS[name];
}
