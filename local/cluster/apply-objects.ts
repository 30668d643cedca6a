/**
 * Applies manifests to a local API server, and the CRDs with a wait until the server serves them. `make up` and the fault tests use it.
 */
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Clock } from '@flotilla/contracts/ports.ts';
import { type Cluster, type KubeManifest, type KubeObject, KUBERNETES_TYPES, type ResourceType } from '@flotilla/kube/mod.ts';
import { parse } from 'yaml';
import { waitUntil } from '../processes/wait-until.ts';

export const FIELD_MANAGER = 'flotilla-local';
const ESTABLISHED_MS_MAX = 30_000;

const TYPES: readonly ResourceType[] = [
  ...Object.values(KUBERNETES_TYPES),
  { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'ClusterRole', plural: 'clusterroles', namespaced: false },
  { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'ClusterRoleBinding', plural: 'clusterrolebindings', namespaced: false },
  { apiVersion: 'storage.k8s.io/v1', kind: 'StorageClass', plural: 'storageclasses', namespaced: false },
];

/** Server-side apply of objects that do not need one another. */
export async function applyObjects(cluster: Pick<Cluster, 'apply'>, manifests: readonly KubeManifest[]): Promise<void> {
  await Promise.all(
    manifests.map((manifest) => {
      const type = TYPES.find(({ apiVersion, kind }) => apiVersion === manifest.apiVersion && kind === manifest.kind);
      if (type === undefined) throw new TypeError(`no resource type for ${manifest.apiVersion} ${manifest.kind}`);
      return cluster.apply(type, manifest, { fieldManager: FIELD_MANAGER });
    }),
  );
}

/** The definitions that crds/ generates; applied, and served when this resolves. */
export async function applyDefinitions(cluster: Pick<Cluster, 'apply' | 'get'>, folder: string, clock: Clock): Promise<number> {
  const manifests = readdirSync(folder)
    .filter((file) => file.endsWith('.yaml'))
    .map((file) => parse(readFileSync(join(folder, file), 'utf8')) as KubeManifest);
  await applyObjects(cluster, manifests);
  await Promise.all(manifests.map((manifest) => awaitEstablished(cluster, manifest.metadata.name, clock)));
  return manifests.length;
}

interface Definition extends KubeObject {
  readonly status?: { readonly conditions?: readonly { readonly type: string; readonly status: string; readonly message?: string }[] };
}

function awaitEstablished(cluster: Pick<Cluster, 'get'>, name: string, clock: Clock): Promise<void> {
  return waitUntil({
    clock,
    what: `CustomResourceDefinition ${name}`,
    timeoutMs: ESTABLISHED_MS_MAX,
    problem: async () => {
      const { status } = await cluster.get<Definition>(KUBERNETES_TYPES.customResourceDefinition, { name });
      const established = status?.conditions?.some(({ type, status: value }) => type === 'Established' && value === 'True');
      return established === true ? undefined : JSON.stringify(status?.conditions ?? 'no conditions');
    },
  });
}
