import { type Executor, finalizerIntent, isConflict, isNotFound, type KubeObject, type ResourceType } from '@flotilla/kube/mod.ts';

/** The watch tells of the end within this. */
const LOOK_AGAIN_MS = 1_000;

/**
 * Lets an object go. The cache may still show it when it is gone already; the uid then makes a conflict of the write, which is no failure.
 *
 * @returns when to look again, or undefined when it was let go
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
