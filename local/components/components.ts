/** The background processes of a cluster: how each starts and how to see that it is ready. */
import { join } from 'node:path';
import { OPERATOR_ENVIRONMENT, OPERATOR_NODE_FLAGS } from '@flotilla/operator/node-process.ts';
import type { CLUSTER_BINARIES } from '../binaries/catalogue.ts';
import { apiserverArgs, controllerManagerArgs, etcdArgs, schedulerArgs } from '../cluster/control-plane.ts';
import type { ClusterContext } from '../settings/context.ts';
import type { Credentials, ServiceAccountKeyFiles } from '../identities/credentials.ts';
import { TENANT_NAMESPACE } from '../identities/identity-names.ts';
import type { PortName } from '../addresses/ports.ts';
import { probeHttp, probeText } from '../processes/probe-endpoint.ts';

export const COMPONENT_NAMES = [
  'etcd',
  'kube-apiserver',
  'kube-controller-manager',
  'kube-scheduler',
  'nats-server',
  'redis-server',
  'callout',
  'process-node',
  'operator',
] as const;
export type ComponentName = (typeof COMPONENT_NAMES)[number];

export interface Component {
  readonly name: ComponentName;
  readonly command: string;
  readonly args: readonly string[];
  /** Besides the few variables that every child gets. */
  readonly env: Readonly<Record<string, string>>;
  readonly ports: readonly PortName[];
  readonly timeoutMs: number;
  /** SIGKILL comes after it. */
  readonly graceMs: number;
  /** The reason why the component is not ready; undefined when it is ready. */
  readonly problem: () => Promise<string | undefined>;
}

export type ClusterPrograms = Readonly<Record<(typeof CLUSTER_BINARIES)[number] | 'redis-server', string>>;

export interface ComponentInput {
  readonly context: ClusterContext;
  readonly programs: ClusterPrograms;
  readonly credentials: Credentials;
  readonly keys: ServiceAccountKeyFiles;
}

const READY_MS_MAX = 60_000;

export function kubeconfigPath(context: ClusterContext, holder: string): string {
  return configPath(context, `${holder}.kubeconfig`);
}

function configPath({ folder }: ClusterContext, file: string): string {
  return join(folder.configDir, file);
}

export function components(input: ComponentInput): Readonly<Record<ComponentName, Component>> {
  return { ...controlPlane(input), ...stores(input), ...projectPrograms(input) };
}

const COMMON = { env: {}, timeoutMs: READY_MS_MAX, graceMs: 3_000 } as const;

type Components<N extends ComponentName> = Readonly<Record<N, Component>>;

function controlPlane({
  context,
  programs,
  credentials,
  keys,
}: ComponentInput): Components<'etcd' | 'kube-apiserver' | 'kube-controller-manager' | 'kube-scheduler'> {
  const { folder, cluster, settings } = context;
  const { ports } = cluster;
  return {
    etcd: {
      ...COMMON,
      name: 'etcd',
      command: programs.etcd,
      args: etcdArgs(ports, folder),
      ports: ['etcd', 'etcdPeer'],
      problem: () => probeHttp({ port: ports.etcd, path: '/health' }),
    },
    'kube-apiserver': {
      ...COMMON,
      name: 'kube-apiserver',
      command: programs['kube-apiserver'],
      args: apiserverArgs(ports, folder, keys),
      ports: ['apiserver'],
      problem: () => probeHttp({ port: ports.apiserver, path: '/readyz', tls: 'self-signed', token: credentials.tokens.admin }),
    },
    'kube-controller-manager': {
      ...COMMON,
      name: 'kube-controller-manager',
      command: programs['kube-controller-manager'],
      args: controllerManagerArgs(ports, folder, keys, kubeconfigPath(context, 'kube-controller-manager'), settings.nodeGraceSeconds),
      ports: ['controllerManager'],
      problem: () => probeHttp({ port: ports.controllerManager, path: '/healthz', tls: 'self-signed' }),
    },
    'kube-scheduler': {
      ...COMMON,
      name: 'kube-scheduler',
      command: programs['kube-scheduler'],
      args: schedulerArgs(ports, kubeconfigPath(context, 'kube-scheduler')),
      ports: ['scheduler'],
      problem: () => probeHttp({ port: ports.scheduler, path: '/healthz', tls: 'self-signed' }),
    },
  };
}

function stores({ context, programs, credentials }: ComponentInput): Components<'nats-server' | 'redis-server'> {
  const { ports } = context.cluster;
  return {
    'nats-server': {
      ...COMMON,
      name: 'nats-server',
      command: programs['nats-server'],
      args: ['--config', configPath(context, 'nats.conf')],
      ports: ['nats', 'natsMonitor'],
      graceMs: 10_000,
      problem: () => probeHttp({ port: ports.natsMonitor, path: '/healthz?js-enabled-only=true' }),
    },
    'redis-server': {
      ...COMMON,
      name: 'redis-server',
      command: programs['redis-server'],
      args: [configPath(context, 'redis.conf')],
      ports: ['redis'],
      graceMs: 10_000,
      problem: () => probeText(ports.redis, `AUTH health ${credentials.store['health']}\r\nPING\r\n`, /\+PONG/),
    },
  };
}

/** Files of the configuration that hold keys of the bus, each for one reader. */
export const BUS_IDENTITY_FILES = { operator: 'operator-bus-identity.json', callout: 'callout-bus-identity.json' } as const;

/** File of the configuration with the operator's password at the store. */
export const STORE_PASSWORD_FILE = 'operator-store-password';

/** The programs of this checkout. */
function projectPrograms({ context }: ComponentInput): Components<'callout' | 'process-node' | 'operator'> {
  const { cluster, settings, nodeBinary } = context;
  const { ports } = cluster;
  const script = (file: string): string => join(settings.checkoutDir, file);
  const natsUrl = `nats://127.0.0.1:${ports.nats}`;
  return {
    callout: {
      ...COMMON,
      name: 'callout',
      command: nodeBinary,
      args: [script('operator/callout/main.ts')],
      env: {
        NATS_URL: natsUrl,
        FLOTILLA_BUS_IDENTITY_FILE: configPath(context, BUS_IDENTITY_FILES.callout),
        POD_NAME: 'callout-local',
        HOST: '127.0.0.1',
        PORT: String(ports.callout),
      },
      ports: ['callout'],
      graceMs: 5_000,
      problem: () => probeHttp({ port: ports.callout, path: '/ready' }),
    },
    'process-node': {
      ...COMMON,
      name: 'process-node',
      command: nodeBinary,
      args: [script('local/process-node/main.ts')],
      env: { FLOTILLA_NODE_CONFIG: configPath(context, 'process-node.json') },
      ports: ['gateway'],
      problem: () => Promise.resolve(undefined),
    },
    operator: {
      ...COMMON,
      name: 'operator',
      command: nodeBinary,
      args: [...OPERATOR_NODE_FLAGS, script('operator/main.ts')],
      env: {
        ...OPERATOR_ENVIRONMENT,
        KUBECONFIG: kubeconfigPath(context, 'operator'),
        FLOTILLA_NAMESPACE: TENANT_NAMESPACE,
        FLOTILLA_POLICY_ENGINE: 'None',
        FLOTILLA_TENANT_SELECTOR: 'flotilla.dev/tenant=true',
        FLOTILLA_IMAGE: 'flotilla:dev',
        FLOTILLA_NATS_URL: natsUrl,
        FLOTILLA_REDIS_URL: `redis://127.0.0.1:${ports.redis}`,
        FLOTILLA_STORE_PASSWORD_FILE: configPath(context, STORE_PASSWORD_FILE),
        FLOTILLA_GATEWAY_NODE_PORT: String(ports.gateway),
        NATS_URL: natsUrl,
        FLOTILLA_BUS_IDENTITY_FILE: configPath(context, BUS_IDENTITY_FILES.operator),
        POD_NAME: 'operator-local',
        HOST: '127.0.0.1',
        PORT: String(ports.operator),
      },
      ports: ['operator'],
      graceMs: 5_000,
      problem: () => probeHttp({ port: ports.operator, path: '/ready' }),
    },
  };
}
