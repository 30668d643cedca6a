/**
 * The end of the tenant namespace while the operator lives in it. Its pods, its rights and the bus go with everything else, so nobody would
 * be left to remove the finalizers, and the namespace would never be gone. Kubernetes waits a few seconds between the deletion of a
 * namespace and that of its content: in this time every object is let go. There is nothing to clean up outside, as the bus ends too.
 */
import type { Clock, Rng } from '@flotilla/contracts/ports.ts';
import {
  type Cluster,
  finalizerIntent,
  isConflict,
  isNotFound,
  type KernelLogger,
  type KubeObject,
  KUBERNETES_TYPES,
  startReflector,
} from '@flotilla/kube/mod.ts';
import { BUS_FINALIZER, KINDS, POLICY_FINALIZER } from './kinds.ts';

const HELD = [
  { type: KINDS.strategy, finalizer: BUS_FINALIZER },
  { type: KINDS.portfolio, finalizer: BUS_FINALIZER },
  { type: KINDS.riskPolicy, finalizer: POLICY_FINALIZER },
] as const;
/** Another replica may be a moment behind and hold on to an object again. */
const LOOK_AGAIN_MS = 500;

export interface NamespaceEndOptions {
  readonly cluster: Pick<Cluster, 'list' | 'watch' | 'apply'>;
  readonly namespace: string;
  /** Called once: nothing may take hold of an object any more when it resolves. */
  readonly onEnding: () => Promise<void>;
  readonly clock: Clock;
  readonly rng: Pick<Rng, 'next'>;
  readonly logger: KernelLogger;
}

export interface NamespaceEnd {
  stop(): Promise<void>;
}

export function watchNamespaceEnd({ cluster, namespace, onEnding, clock, rng, logger }: NamespaceEndOptions): NamespaceEnd {
  const scope = { fieldSelector: `metadata.name=${namespace}`, metadataOnly: true };
  const reflector = startReflector({ cluster, type: KUBERNETES_TYPES.namespace, scope, clock, rng, logger });
  const stopping = new AbortController();
  let ending: Promise<void> | undefined;

  const letGo = async (): Promise<void> => {
    logger.warn({ namespace }, 'the namespace is being deleted, and the operator with it: letting every object go');
    await onEnding();
    while (!stopping.signal.aborted) {
      try {
        const count = await releaseAll(cluster, namespace);
        if (count > 0) logger.info({ namespace, count }, 'objects let go');
      } catch (error) {
        logger.warn({ err: error, namespace }, 'not every object could be let go; trying again');
      }
      await clock.sleep(LOOK_AGAIN_MS, stopping.signal).catch(() => undefined);
    }
  };
  reflector.onChange(({ object }) => {
    if (object.metadata.deletionTimestamp === undefined || ending !== undefined) return;
    ending = letGo().catch((error: unknown) => logger.error({ err: error, namespace }, 'objects of an ending namespace are not let go'));
  });
  return {
    async stop() {
      stopping.abort();
      await Promise.all([reflector.stop(), ending]);
    },
  };
}

/** Removes our finalizers, and no other, from everything in the namespace. The number of objects that had one. */
export async function releaseAll(cluster: Pick<Cluster, 'list' | 'apply'>, namespace: string): Promise<number> {
  const counts = await Promise.all(
    HELD.map(async ({ type, finalizer }) => {
      const { items } = await cluster.list<KubeObject>(type, { namespace, metadataOnly: true });
      const held = items.filter(({ metadata }) => metadata.finalizers?.includes(finalizer) === true);
      for (const object of held) await release(cluster, finalizerIntent(type, object, finalizer, false));
      return held.length;
    }),
  );
  return counts.reduce((sum, count) => sum + count, 0);
}

async function release(cluster: Pick<Cluster, 'apply'>, intent: ReturnType<typeof finalizerIntent>): Promise<void> {
  try {
    await cluster.apply(intent.resource, intent.manifest, { fieldManager: intent.fieldManager ?? '' });
  } catch (error) {
    if (!isConflict(error) && !isNotFound(error)) throw error;
  }
}
