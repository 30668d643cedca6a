/** Does the work of a cloud's node agents in one process: makes firewall rules of NetworkPolicies and folders of claims. `node up` starts it. */
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
import { makeNodeLog } from '../process-node/node-log.ts';
import { type Claim, type PersistentVolume, startVolumeProvisioner } from '../process-node/volume-provisioner.ts';
import { runProgram } from '../processes/run-program.ts';
import { runPolicyEngine } from './policy-engine.ts';
import type { NetworkPolicy, PolicyPod } from './policy-objects.ts';

const clock = systemClock;
const logger = makeNodeLog(clock);
const config = JSON.parse(readFileSync(process.env['FLOTILLA_REAL_NODE_CONFIG'] ?? '', 'utf8')) as {
  readonly kubeconfigFile: string;
  readonly volumesDir: string;
};
const cluster = connectCluster({ from: { kubeconfigPath: config.kubeconfigFile }, clock, userAgent: 'flotilla-node-services' });

const reflect = <T extends KubeObject>(type: ResourceType): Reflector<T> =>
  startReflector<T>({ cluster, type, clock, rng: systemRng, logger });

process.on('uncaughtException', (err) => {
  logger.error({ err, stack: err.stack }, 'a bug; ending');
  process.exit(1);
});
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => process.exit(0));

startVolumeProvisioner({
  cluster,
  claims: reflect<Claim>(KUBERNETES_TYPES.persistentVolumeClaim),
  volumes: reflect<PersistentVolume>(KUBERNETES_TYPES.persistentVolume),
  volumesDir: config.volumesDir,
  // Containers run as users of their own, and the kubelet gives no such volume to their group.
  folderMode: 0o777,
  clock,
  logger,
});
await runPolicyEngine({
  pods: reflect<PolicyPod>(KUBERNETES_TYPES.pod),
  policies: reflect<NetworkPolicy>(KUBERNETES_TYPES.networkPolicy),
  namespaces: reflect(KUBERNETES_TYPES.namespace),
  load: async (ruleset) => void (await runProgram(['nft', '-f', '-'], { input: ruleset })),
  clock,
  logger,
});
