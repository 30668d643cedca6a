/** Creates the Secrets of the credentials job, and leaves existing ones alone. */
import { type Cluster, isAlreadyExists, type KubeManifest, KUBERNETES_TYPES } from '@flotilla/kube/mod.ts';

export interface Outcome {
  readonly created: readonly string[];
  /** Secrets that existed before. The job neither read nor changed them. */
  readonly kept: readonly string[];
}

/** Creates each Secret unless one of its name exists. Needs the right to create Secrets alone: the function reads none. */
export async function createMissing(cluster: Pick<Cluster, 'create'>, secrets: readonly KubeManifest[]): Promise<Outcome> {
  const created: string[] = [];
  const kept: string[] = [];
  for (const secret of secrets) ((await isCreated(cluster, secret)) ? created : kept).push(secret.metadata.name);
  return { created, kept };
}

async function isCreated(cluster: Pick<Cluster, 'create'>, secret: KubeManifest): Promise<boolean> {
  try {
    await cluster.create(KUBERNETES_TYPES.secret, secret);
    return true;
  } catch (error) {
    if (isAlreadyExists(error)) return false;
    throw error;
  }
}
