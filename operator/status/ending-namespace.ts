/**
 * A namespace that is being deleted takes its pods first: nobody is left who could confirm a halt, the bus may be gone with them, and nothing
 * may be created any more. So there finalizers go without waiting for anybody.
 */
import { type Cluster, ClusterError, KUBERNETES_TYPES } from '@flotilla/kube/mod.ts';

/** For what is left to clean up at a bus that may be gone already. */
export const ENDING_CLEANUP_MS_MAX = 2_000;

/** False when the API server does not say: then everything is waited for as usual. */
export async function isNamespaceEnding(cluster: Pick<Cluster, 'find'>, name: string, signal?: AbortSignal): Promise<boolean> {
  try {
    const namespace = await cluster.find(KUBERNETES_TYPES.namespace, { name }, { signal });
    return namespace === undefined || namespace.metadata.deletionTimestamp !== undefined;
  } catch (error) {
    if (error instanceof ClusterError) return false;
    throw error;
  }
}
