/** The Cluster port: what a controller may ask of one API server. */
import type { KubeManifest, KubeObject } from '../objects/kube-object.ts';
import type { ResourceType } from '../objects/resource-type.ts';
import type { ClusterRequest } from '../transport/transport.ts';

export interface ObjectAddress {
  /** Required for namespaced kinds. */
  readonly namespace?: string | undefined;
  readonly name: string;
}

export interface ListScope {
  /** Absent: all namespaces. */
  readonly namespace?: string | undefined;
  readonly labelSelector?: string | undefined;
  readonly fieldSelector?: string | undefined;
  /** Asks for `apiVersion`, `kind` and `metadata` alone. */
  readonly metadataOnly?: boolean | undefined;
}

export interface ListResult<T extends KubeObject> {
  readonly items: readonly T[];
  /** A watch from this version misses no later change. */
  readonly resourceVersion: string;
}

export interface ApplyOptions {
  /** Name of the writer. The manager owns the fields that its manifest names, and loses a field that its manifest no longer names. */
  readonly fieldManager: string;
  /** Whether to take over fields that another manager owns. Default true, as Kubernetes advises controllers. False: such a write is a Conflict. */
  readonly force?: boolean;
  readonly dryRun?: boolean;
  readonly signal?: AbortSignal | undefined;
}

export interface WriteOptions {
  readonly fieldManager?: string;
  readonly dryRun?: boolean;
  readonly signal?: AbortSignal | undefined;
}

export interface PatchOptions extends WriteOptions {
  /** `status`, `scale`. */
  readonly subresource?: string;
}

export interface DeleteOptions {
  /** Preconditions: the delete is a Conflict when the object has another uid or another resource version. */
  readonly preconditions?: { readonly uid?: string; readonly resourceVersion?: string };
  /** Default Background. */
  readonly propagation?: 'Background' | 'Foreground' | 'Orphan';
  readonly gracePeriodSeconds?: number;
  readonly dryRun?: boolean;
  readonly signal?: AbortSignal | undefined;
}

export type WatchEvent =
  | { readonly type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK'; readonly object: KubeObject }
  | { readonly type: 'ERROR'; readonly object: { readonly code?: number; readonly reason?: string; readonly message?: string } };

export interface WatchRequest extends ListScope {
  readonly resourceVersion: string;
  /** The server ends the watch after this time. */
  readonly timeoutSeconds: number;
  readonly signal: AbortSignal;
}

/**
 * One API server. Objects are raw JSON. The server validates every write strictly: an unknown field is an error.
 *
 * Every rejection is a ClusterError (`CLUSTER_UNAVAILABLE`, `CLUSTER_REFUSED`) or the given signal's reason.
 */
export interface Cluster {
  /** @throws ClusterError NotFound */
  get<T extends KubeObject>(
    type: ResourceType,
    address: ObjectAddress,
    options?: { readonly signal?: AbortSignal | undefined },
  ): Promise<T>;
  /** Like `get`; undefined when the object does not exist. */
  find<T extends KubeObject>(
    type: ResourceType,
    address: ObjectAddress,
    options?: { readonly signal?: AbortSignal | undefined },
  ): Promise<T | undefined>;
  /** The whole list as of one resource version, requested in pages of 500. */
  list<T extends KubeObject>(
    type: ResourceType,
    scope?: ListScope,
    options?: { readonly signal?: AbortSignal | undefined },
  ): Promise<ListResult<T>>;
  /** The raw events of one watch connection, in chunks as they are read. `startReflector` gives a watch that lasts. */
  watch(type: ResourceType, request: WatchRequest): Promise<AsyncIterable<readonly WatchEvent[]>>;
  /** @throws ClusterError AlreadyExists */
  create<T extends KubeObject>(type: ResourceType, manifest: KubeManifest, options?: WriteOptions): Promise<T>;
  /** Server-side apply. @throws ClusterError Conflict when a field is owned by another manager and `force` is false */
  apply<T extends KubeObject>(type: ResourceType, manifest: KubeManifest, options: ApplyOptions): Promise<T>;
  /** Server-side apply of the status subresource. */
  applyStatus<T extends KubeObject>(type: ResourceType, manifest: KubeManifest, options: ApplyOptions): Promise<T>;
  /** JSON merge patch (RFC 7386). */
  patch<T extends KubeObject>(type: ResourceType, address: ObjectAddress, patch: unknown, options?: PatchOptions): Promise<T>;
  /** False when the object did not exist. */
  delete(type: ResourceType, address: ObjectAddress, options?: DeleteOptions): Promise<boolean>;
  /** The same API server over the same sockets. `guard` is called right before each write goes on the wire; when it throws, the write is not sent. */
  guardedBy(guard: () => void): Cluster;
  /** The same API server over a socket of its own: a request never waits behind a backlog of others. */
  urgent(): Cluster;
  /** Any other request: subresources, discovery, `/readyz`. */
  raw(request: ClusterRequest): Promise<unknown>;
  /** The namespace of the kubeconfig's context or of the pod. */
  readonly namespace: string | undefined;
  close(): Promise<void>;
}
