/**
 * The end of the tenant namespace while the operator runs in it. The namespace takes the operator's pods, its rights and the bus with it, so that
 * finalizers would stay for ever, and the namespace with them. Kubernetes waits a few seconds between the deletion of a namespace and the deletion
 * of its content: in this time the operator removes its finalizers. Nothing outside has to be cleaned up, because the bus ends too.
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
import { BUS_FINALIZER, haltFinalizer, KINDS, POLICY_FINALIZER } from './kinds.ts';

/** The kinds on which the operator of a namespace sets finalizers. A KillSwitch has no namespace, so its finalizer names the operator's. */
const HELD = [
  { type: KINDS.strategy, finalizerOf: () => BUS_FINALIZER },
  { type: KINDS.portfolio, finalizerOf: () => BUS_FINALIZER },
  { type: KINDS.riskPolicy, finalizerOf: () => POLICY_FINALIZER },
  { type: KINDS.killSwitch, finalizerOf: haltFinalizer },
] as const;
/** Another replica may be behind and set a finalizer again, so the operator repeats the removal. */
const LOOK_AGAIN_MS = 500;

export interface NamespaceEndOptions {
  readonly cluster: Pick<Cluster, 'list' | 'watch' | 'apply'>;
  readonly namespace: string;
  /** Called once. After it has resolved, this operator sets no finalizer any more. */
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

  const removeAll = async (): Promise<void> => {
    logger.warn({ namespace }, 'the namespace is being deleted, and the operator with it: removing our finalizers');
    await onEnding();
    while (!stopping.signal.aborted) {
      try {
        const count = await releaseAll(cluster, namespace);
        if (count > 0) logger.info({ namespace, count }, 'finalizers removed');
      } catch (error) {
        logger.warn({ err: error, namespace }, 'not every finalizer could be removed; retrying');
      }
      await clock.sleep(LOOK_AGAIN_MS, stopping.signal).catch(() => undefined);
    }
  };
  reflector.onChange(({ object }) => {
    if (object.metadata.deletionTimestamp === undefined || ending !== undefined) return;
    ending = removeAll().catch((error: unknown) =>
      logger.error({ err: error, namespace }, 'the finalizers in a namespace that is being deleted stay'),
    );
  });
  return {
    async stop() {
      stopping.abort();
      await Promise.all([reflector.stop(), ending]);
    },
  };
}

/**
 * Removes the finalizers of the namespace's operator alone. Resolves to the number of objects that had one. Rejects only after every kind has been
 * tried, because the operator may have rights for some kinds alone.
 */
export async function releaseAll(cluster: Pick<Cluster, 'list' | 'apply'>, namespace: string): Promise<number> {
  const tried = await Promise.allSettled(
    HELD.map(async ({ type, finalizerOf }) => {
      const finalizer = finalizerOf(namespace);
      const { items } = await cluster.list<KubeObject>(type, { ...(type.namespaced ? { namespace } : {}), metadataOnly: true });
      const held = items.filter(({ metadata }) => metadata.finalizers?.includes(finalizer) === true);
      for (const object of held) await release(cluster, finalizerIntent(type, object, finalizer, false));
      return held.length;
    }),
  );
  const failed = tried.find(({ status }) => status === 'rejected');
  if (failed?.status === 'rejected') throw failed.reason;
  return tried.reduce((sum, one) => sum + (one.status === 'fulfilled' ? one.value : 0), 0);
}

async function release(cluster: Pick<Cluster, 'apply'>, intent: ReturnType<typeof finalizerIntent>): Promise<void> {
  try {
    await cluster.apply(intent.resource, intent.manifest, { fieldManager: intent.fieldManager ?? '' });
  } catch (error) {
    if (!isConflict(error) && !isNotFound(error)) throw error;
  }
}
