/** Writes the configuration files of all components of a local cluster. `make up` calls it before it starts them. */
import { join } from 'node:path';
import { natsConfig } from '../bus/nats-config.ts';
import { certificateAuthorityFile } from '../cluster/control-plane.ts';
import { kubeconfig } from '../cluster/kubeconfig.ts';
import { OPERATOR_USER, tokenFile } from '../cluster/token-file.ts';
import type { BusKeys } from '@flotilla/runtime/identity/bus-keys.ts';
import { STORE_OPERATOR_USER } from '@flotilla/contracts/access/store-users.ts';
import { BUS_IDENTITY_FILES, kubeconfigPath, STORE_PASSWORD_FILE } from './components.ts';
import type { ClusterContext } from '../settings/context.ts';
import { type Credentials, TOKEN_HOLDERS } from '../identities/credentials.ts';
import { NODE_NAME, TENANT_NAMESPACE } from '../identities/identity-names.ts';
import type { NodeConfig } from '../process-node/node-config.ts';
import { LEASE_RENEW_EVERY_MS } from '../process-node/node-manifest.ts';
import { redisConfig, redisUsers } from '../store/redis-config.ts';
import { writePrivateFile } from '../files/write-private-file.ts';

/** Which running servers have to learn of a change. */
export interface ChangedConfig {
  readonly nats: boolean;
  readonly redis: boolean;
}

/** The secrets of one cluster. */
export interface ClusterSecrets {
  readonly credentials: Credentials;
  readonly busKeys: BusKeys;
}

/** Writes every configuration file of the cluster; all of them are functions of ports and secrets. */
export function writeConfigFiles(context: ClusterContext, { credentials, busKeys }: ClusterSecrets, kubectl: string): ChangedConfig {
  const { folder, cluster } = context;
  const { ports } = cluster;
  const file = (name: string): string => join(folder.configDir, name);
  const server = `https://127.0.0.1:${ports.apiserver}`;
  const kubeconfigOf = (user: (typeof TOKEN_HOLDERS)[number]): string =>
    kubeconfig({
      server,
      certificateAuthorityFile: certificateAuthorityFile(folder),
      user,
      token: credentials.tokens[user],
      namespace: TENANT_NAMESPACE,
    });
  writePrivateFile(folder.kubeconfigFile, kubeconfigOf('admin'));
  for (const holder of TOKEN_HOLDERS) writePrivateFile(kubeconfigPath(context, holder), kubeconfigOf(holder));
  writePrivateFile(file('tokens.csv'), tokenFile(credentials.tokens));
  for (const reader of ['operator', 'callout'] as const) writePrivateFile(file(BUS_IDENTITY_FILES[reader]), json(busKeys[reader]));
  writePrivateFile(file('process-node.json'), json(nodeConfig(context)));
  writePrivateFile(folder.cliFile, json(cliConfig(context, kubectl)));
  writePrivateFile(file(STORE_PASSWORD_FILE), `${credentials.store[STORE_OPERATOR_USER]}\n`);
  const nats = writePrivateFile(file('nats.conf'), natsConfig(ports, folder, busKeys.server));
  const redisFile = writePrivateFile(file('redis.conf'), redisConfig(ports, folder));
  const redisAcl = writePrivateFile(file('redis-users.acl'), redisUsers(credentials.store));
  return { nats, redis: redisFile || redisAcl };
}

function nodeConfig(context: ClusterContext): NodeConfig {
  const { folder, cluster, settings, nodeBinary } = context;
  return {
    nodeName: NODE_NAME,
    servesCluster: true,
    leaseRenewEveryMs: leaseRenewEveryMs(settings.nodeGraceSeconds),
    kubeconfigFile: kubeconfigPath(context, 'process-node'),
    apiserverPort: cluster.ports.apiserver,
    checkoutDir: settings.checkoutDir,
    podRange: cluster.podRange,
    podsDir: folder.podsDir,
    volumesDir: folder.volumesDir,
    podLogsDir: folder.podLogsDir,
    nodeBinary,
    childEnvironment: settings.childEnvironment,
  };
}

/** As often as a kubelet, or four times within a shorter grace period. */
function leaseRenewEveryMs(graceSeconds: number | undefined): number {
  return graceSeconds === undefined ? LEASE_RENEW_EVERY_MS : Math.min(LEASE_RENEW_EVERY_MS, (graceSeconds * 1_000) / 4);
}

/** The settings by which the `flotilla` command reaches this cluster. */
function cliConfig({ folder, cluster }: ClusterContext, kubectl: string): unknown {
  return {
    kubeconfig: folder.kubeconfigFile,
    kubectl,
    namespace: TENANT_NAMESPACE,
    natsUrl: `nats://127.0.0.1:${cluster.ports.nats}`,
    gatewayUrl: `http://127.0.0.1:${cluster.ports.gateway}`,
    redisUrl: `redis://127.0.0.1:${cluster.ports.redis}`,
    operatorUser: OPERATOR_USER,
  };
}

function json(value: unknown): string {
  return `${JSON.stringify(value, undefined, 1)}\n`;
}
