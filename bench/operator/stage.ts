/** The surroundings of a contender: watches Strategies and Deployments with the time of each change, and plays the pods. */
import type { ResourceObject } from '@flotilla/contracts/resources/definition.ts';
import { KINDS } from '@flotilla/operator/kinds.ts';
import { type Cluster, KUBERNETES_TYPES, type Reflector, startReflector } from '@flotilla/kube/mod.ts';
import type { DeploymentObject } from '@flotilla/operator/workload/deployment-state.ts';
import { makeLogger, systemClock, systemRng } from '@flotilla/runtime';
import { NAMESPACE } from './control-plane.ts';

const POD_START_MS = 2;
const POD_RETRY_MS = 200;

export interface Stage {
  readonly strategies: Reflector<ResourceObject>;
  readonly deployments: Reflector<DeploymentObject>;
  /** When this process saw the Strategy, or its last change of spec. */
  strategySeenMs(name: string): number | undefined;
  /** When this process saw the agent's Deployment, or its last change of spec. */
  deploymentSeenMs(strategy: string): number | undefined;
  readyCount(): number;
  isReady(strategy: string): boolean;
  /** Status writes of Deployments that the pods made. */
  podWrites(): number;
  stop(): Promise<void>;
}

export function startStage(cluster: Cluster): Stage {
  const logger = makeLogger({ service: 'bench', revision: 'bench', level: 'fatal' });
  const common = { cluster, clock: systemClock, rng: systemRng, logger, scope: { namespace: NAMESPACE } };
  const strategies = startReflector<ResourceObject>({ ...common, type: KINDS.strategy });
  const deployments = startReflector<DeploymentObject>({ ...common, type: KUBERNETES_TYPES.deployment });
  const strategySeen = new Map<string, number>();
  const deploymentSeen = new Map<string, number>();
  const readyNames = new Set<string>();
  const stopping = new AbortController();
  let podWrites = 0;

  strategies.onChange(({ type, object, previous }) => {
    const { name, generation } = object.metadata;
    if (type === 'deleted') return;
    if (previous?.metadata.generation !== generation) strategySeen.set(name, performance.now());
    if (isReady(object)) readyNames.add(name);
    else readyNames.delete(name);
  });
  deployments.onChange(({ type, object, previous }) => {
    if (type === 'deleted') return;
    const { name, generation } = object.metadata;
    if (previous?.metadata.generation !== generation) deploymentSeen.set(name, performance.now());
    if (object.status?.observedGeneration !== generation) void playPods(object);
  });

  const playPods = async ({ metadata, spec }: DeploymentObject): Promise<void> => {
    const { name, generation: observedGeneration } = metadata;
    const replicas = spec?.replicas ?? 1;
    const status = { observedGeneration, replicas, updatedReplicas: replicas, readyReplicas: replicas, availableReplicas: replicas };
    await systemClock.sleep(POD_START_MS);
    while (!stopping.signal.aborted && deployments.get(`${NAMESPACE}/${name}`)?.metadata.generation === observedGeneration) {
      try {
        await cluster.patch(KUBERNETES_TYPES.deployment, { namespace: NAMESPACE, name }, { status }, { subresource: 'status' });
        podWrites += 1;
        return;
      } catch {
        // The API server is busy; a kubelet would retry too.
        await systemClock.sleep(POD_RETRY_MS, stopping.signal).catch(() => undefined);
      }
    }
  };

  return {
    strategies,
    deployments,
    strategySeenMs: (name) => strategySeen.get(name),
    deploymentSeenMs: (name) => deploymentSeen.get(`${name}-agent`),
    readyCount: () => readyNames.size,
    isReady: (name) => readyNames.has(name),
    podWrites: () => podWrites,
    async stop() {
      stopping.abort(new Error('the stage was stopped'));
      await Promise.all([strategies.stop(), deployments.stop()]);
    },
  };
}

function isReady({ status }: ResourceObject): boolean {
  const conditions = (status as { readonly conditions?: readonly { readonly type: string; readonly status: string }[] } | undefined)
    ?.conditions;
  return conditions?.some(({ type, status: holds }) => type === 'Ready' && holds === 'True') === true;
}
