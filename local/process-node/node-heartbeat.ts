/** Registers the process node at the API server and renews its lease, as a kubelet does. */
import { availableParallelism, release, totalmem } from 'node:os';
import type { Clock } from '@flotilla/contracts/ports.ts';
import { type Cluster, isAlreadyExists, isNotFound, type KernelLogger, type KubeObject, KUBERNETES_TYPES } from '@flotilla/kube/mod.ts';
import { microTime } from '@flotilla/kube/objects/meta-time.ts';
import { LEASE_NAMESPACE, leaseManifest, type Machine, nodeManifest, nodeStatus } from './node-manifest.ts';

/** The status is written again, as a sign of life, every so many lease renewals. */
const STATUS_EVERY_RENEWALS = 6;
const REGISTER_RETRY_MS = 500;

export interface HeartbeatOptions {
  readonly cluster: Pick<Cluster, 'find' | 'create' | 'patch'>;
  readonly nodeName: string;
  readonly processId: string;
  readonly leaseRenewEveryMs: number;
  readonly clock: Clock;
  readonly logger: KernelLogger;
}

/** Registers the node, and resolves then; renews its lease for as long as this process lives. */
export async function startHeartbeat(options: HeartbeatOptions): Promise<void> {
  const { clock, logger } = options;
  const machine: Machine = {
    architecture: process.arch,
    cpus: availableParallelism(),
    memoryBytes: totalmem(),
    kernelVersion: release(),
    nodeVersion: process.version,
  };
  const readySinceMs = clock.nowMs();
  const report = (): Promise<unknown> => {
    const status = nodeStatus(machine, readySinceMs, clock.nowMs());
    return options.cluster.patch(KUBERNETES_TYPES.node, { name: options.nodeName }, { status }, { subresource: 'status' });
  };
  let uid: string | undefined;
  while (uid === undefined) {
    try {
      uid = await register(options);
      await renew(options, uid);
      await report();
    } catch (error) {
      uid = undefined;
      logger.warn({ err: error }, 'node not registered; trying again');
      await clock.sleep(REGISTER_RETRY_MS);
    }
  }
  logger.info({ node: options.nodeName }, 'node registered');
  void keepAlive(options, uid, report);
}

async function keepAlive(options: HeartbeatOptions, uid: string, report: () => Promise<unknown>): Promise<void> {
  let nodeUid = uid;
  for (let renewals = 1; ; renewals += 1) {
    await options.clock.sleep(options.leaseRenewEveryMs);
    try {
      await renew(options, nodeUid);
      if (renewals % STATUS_EVERY_RENEWALS === 0) await report();
    } catch (error) {
      options.logger.warn({ err: error }, 'lease not renewed; trying again');
      // Somebody may have deleted the node: register again, as a kubelet would after a restart.
      if (isNotFound(error)) nodeUid = await register(options).catch(() => nodeUid);
    }
  }
}

/** The node's uid. */
async function register({ cluster, nodeName, processId }: HeartbeatOptions): Promise<string> {
  const manifest = nodeManifest(nodeName, processId, process.arch);
  let node: KubeObject;
  try {
    node = await cluster.create<KubeObject>(KUBERNETES_TYPES.node, manifest);
  } catch (error) {
    if (!isAlreadyExists(error)) throw error;
    const { annotations, labels } = manifest.metadata;
    node = await cluster.patch<KubeObject>(KUBERNETES_TYPES.node, { name: nodeName }, { metadata: { annotations, labels } });
  }
  return node.metadata.uid ?? '';
}

async function renew({ cluster, nodeName, clock }: HeartbeatOptions, uid: string): Promise<void> {
  const address = { namespace: LEASE_NAMESPACE, name: nodeName };
  const manifest = leaseManifest(nodeName, uid, clock.nowMs());
  if ((await cluster.find(KUBERNETES_TYPES.lease, address)) === undefined) await cluster.create(KUBERNETES_TYPES.lease, manifest);
  else
    await cluster.patch(KUBERNETES_TYPES.lease, address, {
      metadata: { ownerReferences: manifest.metadata['ownerReferences'] },
      spec: { renewTime: microTime(clock.nowMs()) },
    });
}
