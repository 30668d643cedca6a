/** The process node: a Kubernetes node whose pods are child processes of this machine. Started by `make up`. */
import { readFileSync } from 'node:fs';
import {
  connectCluster,
  type KubeObject,
  KUBERNETES_TYPES,
  type Reflector,
  type ResourceType,
  startReflector,
} from '@flotilla/kube/mod.ts';
import { systemClock } from '@flotilla/runtime/clock.ts';
import { systemRng } from '@flotilla/runtime/rng.ts';
import { processIdentity } from '../processes/process-identity.ts';
import { containerId } from './container-record.ts';
import type { NodeConfig } from './node-config.ts';
import { startHeartbeat } from './node-heartbeat.ts';
import { makeNodeLog } from './node-log.ts';
import { startNodePortProxy } from './node-port-proxy.ts';
import { makeObjectReader } from './object-reader.ts';
import type { Pod } from './pod-types.ts';
import { makePodVolumes } from './pod-volumes.ts';
import { startPods } from './pods.ts';
import { makeServiceAccountTokens } from './service-account-tokens.ts';
import type { Service } from './service-targets.ts';
import { type Claim, type PersistentVolume, startVolumeProvisioner } from './volume-provisioner.ts';

const CONFIG_VARIABLE = 'FLOTILLA_NODE_CONFIG';

const clock = systemClock;
const logger = makeNodeLog(clock);
const config = JSON.parse(readFileSync(process.env[CONFIG_VARIABLE] ?? '', 'utf8')) as NodeConfig;
const cluster = connectCluster({ from: { kubeconfigPath: config.kubeconfigFile }, clock, userAgent: 'flotilla-process-node' });
const identity = processIdentity(process.pid);

const reflect = <T extends KubeObject>(type: ResourceType, fieldSelector?: string): Reflector<T> =>
  startReflector<T>({ cluster, type, clock, rng: systemRng, logger, ...(fieldSelector === undefined ? {} : { scope: { fieldSelector } }) });

process.on('uncaughtException', (err) => {
  logger.error({ err, stack: err.stack }, 'a bug; ending. The containers run on, and make up starts another process node');
  process.exit(1);
});

await startHeartbeat({
  cluster,
  nodeName: config.nodeName,
  processId: identity === undefined ? '' : containerId(identity),
  leaseRenewEveryMs: config.leaseRenewEveryMs,
  clock,
  logger,
});
const volumes = makePodVolumes({
  cluster,
  podsDir: config.podsDir,
  objects: makeObjectReader(cluster),
  tokens: makeServiceAccountTokens(cluster, clock),
});
const pods = await startPods({
  cluster,
  config,
  clock,
  logger,
  volumes,
  pods: reflect<Pod>(KUBERNETES_TYPES.pod, `spec.nodeName=${config.nodeName}`),
});
if (config.servesCluster) {
  startNodePortProxy({ services: reflect<Service>(KUBERNETES_TYPES.service), pods: () => pods.current(), clock, logger });
  startVolumeProvisioner({
    cluster,
    claims: reflect<Claim>(KUBERNETES_TYPES.persistentVolumeClaim),
    volumes: reflect<PersistentVolume>(KUBERNETES_TYPES.persistentVolume),
    volumesDir: config.volumesDir,
    clock,
    logger,
  });
}

for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  process.on(signal, () => {
    pods.release();
    process.exit(0);
  });
}
