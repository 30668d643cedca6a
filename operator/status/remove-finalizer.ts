/** Removes our finalizer from an object, for every controller. */
import { type Executor, finalizerIntent, isConflict, isNotFound, type KubeObject, type ResourceType } from '@flotilla/kube/mod.ts';

/** Time in which the watch shows the deletion. */
const LOOK_AGAIN_MS = 1_000;

/**
 * Removes the finalizer. The cache may still show an object that is gone; the uid then turns the write into a conflict, which does not count as a
 * failure.
 *
 * @returns when to look again, or undefined when the finalizer is removed
 */
export async function removeFinalizer(
  executor: Executor,
  type: ResourceType,
  object: KubeObject,
  finalizer: string,
  signal: AbortSignal,
): Promise<{ readonly requeueAfterMs: number } | undefined> {
  if (object.metadata.finalizers?.includes(finalizer) !== true) return undefined;
  try {
    await executor.execute([finalizerIntent(type, object, finalizer, false)], { signal });
    return undefined;
  } catch (error) {
    if (isConflict(error) || isNotFound(error)) return { requeueAfterMs: LOOK_AGAIN_MS };
    throw error;
  }
}
