/** Starts a real API server with our CRDs, generated from the present schemas, and a namespace. */
import { RESOURCES, type ResourceKind } from '@flotilla/contracts/resources/catalogue.ts';
import { API_GROUP_VERSION, type ResourceDefinition } from '@flotilla/contracts/resources/definition.ts';
import { type Cluster, type KubeManifest, KUBERNETES_TYPES, type ResourceType } from '@flotilla/kube/mod.ts';
import { startTestApiServer, type TestApiServer } from '@flotilla/kube/testing/api-server.ts';
import { eventually } from '@flotilla/runtime/testing/eventually.ts';
import { customResourceDefinition } from '../generate.ts';

export const CRD_NAMESPACE = 'trading';

export interface CrdServer {
  readonly server: TestApiServer;
  readonly cluster: Cluster;
  stop(): Promise<void>;
}

export async function startCrdServer(): Promise<CrdServer> {
  const server = await startTestApiServer();
  const cluster = server.connect();
  await cluster.create(KUBERNETES_TYPES.namespace, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: CRD_NAMESPACE } });
  for (const resource of RESOURCES) {
    const definition = customResourceDefinition(resource) as unknown as KubeManifest;
    await cluster.apply(KUBERNETES_TYPES.customResourceDefinition, definition, { fieldManager: 'test' });
  }
  for (const resource of RESOURCES) {
    await eventually(`${resource.plural} are served`, async () => {
      await cluster.list(resourceType(resource.kind));
      return true;
    });
  }
  return { server, cluster, stop: () => server.stop() };
}

export function resourceType(kind: ResourceKind): ResourceType {
  const { plural, scope }: ResourceDefinition = resourceOf(kind);
  return { apiVersion: API_GROUP_VERSION, kind, plural, namespaced: scope === 'Namespaced' };
}

export function resourceOf(kind: ResourceKind): ResourceDefinition {
  const resource = RESOURCES.find((one) => one.kind === kind);
  if (resource === undefined) throw new Error(`no such kind: ${kind}`);
  return resource;
}

/** The object of a kind with this spec, in the namespace of the test. */
export function objectOf(kind: ResourceKind, name: string, spec: unknown): KubeManifest {
  const metadata = { name, ...(resourceOf(kind).scope === 'Namespaced' ? { namespace: CRD_NAMESPACE } : {}) };
  return { apiVersion: API_GROUP_VERSION, kind, metadata, spec };
}
