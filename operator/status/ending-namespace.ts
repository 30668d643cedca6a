/**
 * Tells whether a namespace is being deleted. Kubernetes then deletes the pods first, so no exec is left that could confirm a halt, the bus may
 * be gone, and no object may be created. Finalizers are removed there without a confirmation.
 */
import { type Cluster, ClusterError, KUBERNETES_TYPES } from '@flotilla/kube/mod.ts';

/** Longest wait for the clean-up at a bus that may be gone. */
export const ENDING_CLEANUP_MS_MAX = 2_000;

/** False as well when the API server does not answer: then deletions wait as usual. */
export async function isNamespaceEnding(cluster: Pick<Cluster, 'find'>, name: string, signal?: AbortSignal): Promise<boolean> {
  try {
    const namespace = await cluster.find(KUBERNETES_TYPES.namespace, { name }, { signal });
    return namespace === undefined || namespace.metadata.deletionTimestamp !== undefined;
  } catch (error) {
    if (error instanceof ClusterError) return false;
    throw error;
  }
}
