/** Implements the Cluster port over a transport, for `connect-cluster.ts`. */
import type {
  ApplyOptions,
  Cluster,
  DeleteOptions,
  ObjectAddress,
  PatchOptions,
  WatchEvent,
  WatchRequest,
  WriteOptions,
} from './cluster.ts';
import { isNotFound } from '../transport/cluster-error.ts';
import type { KubeManifest, KubeObject } from '../objects/kube-object.ts';
import { listPages } from './list-pages.ts';
import { METADATA_ACCEPT, scopeQuery } from './list-scope.ts';
import { makeLineSplitter } from './line-splitter.ts';
import { resourcePath, type ResourceType } from '../objects/resource-type.ts';
import type { Transport } from '../transport/transport.ts';

const APPLY_CONTENT_TYPE = 'application/apply-patch+yaml';
const MERGE_CONTENT_TYPE = 'application/merge-patch+json';

/** The Cluster port, spoken over a transport. */
export function clusterOver(transport: Transport, namespace: string | undefined): Cluster {
  const cluster: Cluster = {
    namespace,
    ...readsOver(transport),
    ...writesOver(transport),
    guardedBy: (guard) => clusterOver(guardedTransport(transport, guard), namespace),
    urgent: () => clusterOver({ ...transport, request: (request) => transport.request({ ...request, urgent: true }) }, namespace),
    raw: (request) => transport.request(request),
    close: () => transport.close(),
  };
  return cluster;
}

function readsOver(transport: Transport): Pick<Cluster, 'get' | 'find' | 'list' | 'watch'> {
  const get = async <T extends KubeObject>(
    type: ResourceType,
    address: ObjectAddress,
    options: { readonly signal?: AbortSignal | undefined } = {},
  ): Promise<T> => (await transport.request({ method: 'GET', path: resourcePath(type, address), signal: options.signal })) as T;
  return {
    get,
    async find(type, address, options) {
      try {
        return await get(type, address, options);
      } catch (error) {
        if (isNotFound(error)) return undefined;
        throw error;
      }
    },
    list: (type, scope = {}, options = {}) => listPages(transport, type, scope, options.signal),
    watch: (type, request) => watchOver(transport, type, request),
  };
}

function writesOver(transport: Transport): Pick<Cluster, 'create' | 'apply' | 'applyStatus' | 'patch' | 'delete'> {
  const applyTo = async (type: ResourceType, manifest: KubeManifest, options: ApplyOptions, subresource?: string): Promise<unknown> =>
    transport.request({
      method: 'PATCH',
      path: resourcePath(type, { ...addressOf(manifest), subresource }),
      query: { fieldManager: options.fieldManager, force: options.force ?? true, ...writeQuery(options) },
      body: manifest,
      contentType: APPLY_CONTENT_TYPE,
      signal: options.signal,
    });
  return {
    create: async <T extends KubeObject>(type: ResourceType, manifest: KubeManifest, options: WriteOptions = {}) =>
      (await transport.request({
        method: 'POST',
        path: resourcePath(type, { namespace: manifest.metadata.namespace }),
        query: { fieldManager: options.fieldManager, ...writeQuery(options) },
        body: manifest,
        signal: options.signal,
      })) as T,
    apply: async <T extends KubeObject>(type: ResourceType, manifest: KubeManifest, options: ApplyOptions) =>
      (await applyTo(type, manifest, options)) as T,
    applyStatus: async <T extends KubeObject>(type: ResourceType, manifest: KubeManifest, options: ApplyOptions) =>
      (await applyTo(type, manifest, options, 'status')) as T,
    patch: async <T extends KubeObject>(type: ResourceType, address: ObjectAddress, patch: unknown, options: PatchOptions = {}) =>
      (await transport.request({
        method: 'PATCH',
        path: resourcePath(type, { ...address, subresource: options.subresource }),
        query: { fieldManager: options.fieldManager, ...writeQuery(options) },
        body: patch,
        contentType: MERGE_CONTENT_TYPE,
        signal: options.signal,
      })) as T,
    delete: (type, address, options) => deleteOver(transport, type, address, options),
  };
}

async function deleteOver(transport: Transport, type: ResourceType, address: ObjectAddress, options: DeleteOptions = {}): Promise<boolean> {
  const { preconditions, gracePeriodSeconds, propagation = 'Background', dryRun, signal } = options;
  try {
    await transport.request({
      method: 'DELETE',
      path: resourcePath(type, address),
      query: { dryRun: dryRun === true ? 'All' : undefined },
      body: { kind: 'DeleteOptions', apiVersion: 'v1', propagationPolicy: propagation, preconditions, gracePeriodSeconds },
      signal,
    });
    return true;
  } catch (error) {
    if (isNotFound(error)) return false;
    throw error;
  }
}

function guardedTransport(transport: Transport, guard: () => void): Transport {
  return { ...transport, request: (request) => transport.request(request.method === 'GET' ? request : { ...request, beforeSend: guard }) };
}

function addressOf(manifest: KubeManifest): ObjectAddress {
  return { name: manifest.metadata.name, namespace: manifest.metadata.namespace };
}

function writeQuery(options: { readonly dryRun?: boolean }): Record<string, string | undefined> {
  return { fieldValidation: 'Strict', dryRun: options.dryRun === true ? 'All' : undefined };
}

async function watchOver(transport: Transport, type: ResourceType, request: WatchRequest): Promise<AsyncIterable<readonly WatchEvent[]>> {
  const body = await transport.stream({
    method: 'GET',
    path: resourcePath(type, { namespace: request.namespace }),
    query: {
      ...scopeQuery(request),
      watch: true,
      allowWatchBookmarks: true,
      resourceVersion: request.resourceVersion,
      timeoutSeconds: request.timeoutSeconds,
    },
    ...(request.metadataOnly === true ? { accept: METADATA_ACCEPT } : {}),
    signal: request.signal,
  });
  return eventsOf(body);
}

async function* eventsOf(body: AsyncIterable<Uint8Array>): AsyncGenerator<readonly WatchEvent[]> {
  const split = makeLineSplitter();
  for await (const chunk of body) yield split(chunk).map((line) => JSON.parse(line) as WatchEvent);
}
