/** Replaces the content of an object that server-side apply cannot restore, for the executor. */
import type { Cluster } from '../cluster/cluster.ts';
import type { KubeManifest } from '../objects/kube-object.ts';
import { type ResourceType, resourcePath } from '../objects/resource-type.ts';

const JSON_PATCH = 'application/json-patch+json';
/** Members that identify the object, or that several writers share. */
const NOT_CONTENT = new Set(['apiVersion', 'kind', 'metadata', 'status']);

/**
 * Sets each part of an object that the manifest has (`spec`, `data`) as a whole, which removes the fields of other writers.
 *
 * Server-side apply cannot always restore an edited object: it sets our fields and leaves those of others, and both together may be invalid, for
 * example a second port of the same name.
 *
 * @returns false when the object is gone, or the manifest has no part of its content
 * @throws ClusterError Invalid when another object has the name by then
 */
export async function replaceContent(
  cluster: Pick<Cluster, 'find' | 'raw'>,
  resource: ResourceType,
  manifest: KubeManifest,
  { fieldManager, signal }: { readonly fieldManager: string; readonly signal: AbortSignal | undefined },
): Promise<boolean> {
  const parts = Object.keys(manifest).filter((key) => !NOT_CONTENT.has(key));
  const live = await cluster.find(resource, manifest.metadata, { signal });
  if (live === undefined || parts.length === 0) return false;
  const { uid, resourceVersion } = live.metadata;
  await cluster.raw({
    method: 'PATCH',
    path: resourcePath(resource, { namespace: manifest.metadata.namespace, name: manifest.metadata.name }),
    query: { fieldManager, fieldValidation: 'Strict' },
    contentType: JSON_PATCH,
    body: [
      { op: 'test', path: '/metadata/uid', value: uid },
      { op: 'test', path: '/metadata/resourceVersion', value: resourceVersion },
      // `add` of JSON Patch replaces a member that exists.
      ...parts.map((part) => ({ op: 'add', path: `/${part}`, value: manifest[part] })),
    ],
    signal,
  });
  return true;
}
