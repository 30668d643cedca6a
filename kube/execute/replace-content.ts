/** The executor's last resort for an object that server-side apply cannot bring back. */
import type { Cluster } from '../cluster/cluster.ts';
import type { KubeManifest } from '../objects/kube-object.ts';
import { type ResourceType, resourcePath } from '../objects/resource-type.ts';

const JSON_PATCH = 'application/json-patch+json';
/** They identify the object, or are shared with others by nature. */
const NOT_CONTENT = new Set(['apiVersion', 'kind', 'metadata', 'status']);

/**
 * Sets each part of an object that the manifest has (`spec`, `data`), whole: what others put there goes.
 *
 * For the case that server-side apply cannot bring an edited object back: it sets our fields and leaves those of others, and both together may
 * be invalid, for example a second port of the same name.
 *
 * @returns false when the object is gone, or the manifest says nothing about its content
 * @throws ClusterError Invalid as well when it is another object by then
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
      // `add` replaces a member that is there.
      ...parts.map((part) => ({ op: 'add', path: `/${part}`, value: manifest[part] })),
    ],
    signal,
  });
  return true;
}
