/** The Cluster port: what a controller may ask of one API server. */
import type { KubeManifest, KubeObject } from '../objects/kube-object.ts';
import type { ResourceType } from '../objects/resource-type.ts';
import type { ClusterRequest } from '../transport/transport.ts';

export interface ObjectAddress {
  /** Required for namespaced types. */
  readonly namespace?: string | undefined;
  readonly name: string;
}

export interface ListScope {
  /** Absent: all namespaces. */
  readonly namespace?: string | undefined;
  readonly labelSelector?: string | undefined;
  readonly fieldSelector?: string | undefined;
  /** Only `apiVersion`, `kind` and `metadata` are asked for. */
  readonly metadataOnly?: boolean | undefined;
}

export interface ListResult<T extends KubeObject> {
  readonly items: readonly T[];
  /** Where a watch can begin. */
  readonly resourceVersion: string;
}

export interface ApplyOptions {
  /** One per concern; owns the fields that the manifest names, and gives up those it no longer names. */
  readonly fieldManager: string;
  /** Take fields that another manager owns. Default true, as controllers should; false makes it a Conflict. */
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
  /** The delete is a Conflict when the object is another one, or has changed. */
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
  /** When the server is to end the watch. */
  readonly timeoutSeconds: number;
  readonly signal: AbortSignal;
}

/**
 * One API server. Objects are raw JSON; every write is validated strictly (an unknown field is an error, not dropped).
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
  /** Like `get`; undefined when it is not there. */
  find<T extends KubeObject>(
    type: ResourceType,
    address: ObjectAddress,
    options?: { readonly signal?: AbortSignal | undefined },
  ): Promise<T | undefined>;
  /** In pages of 500, as of one resource version. */
  list<T extends KubeObject>(
    type: ResourceType,
    scope?: ListScope,
    options?: { readonly signal?: AbortSignal | undefined },
  ): Promise<ListResult<T>>;
  /** Raw events of one watch connection; see `startReflector` for a lasting one. Each chunk is what one read brought. */
  watch(type: ResourceType, request: WatchRequest): Promise<AsyncIterable<readonly WatchEvent[]>>;
  /** @throws ClusterError AlreadyExists */
  create<T extends KubeObject>(type: ResourceType, manifest: KubeManifest, options?: WriteOptions): Promise<T>;
  /** Server-side apply. @throws ClusterError Conflict when a field is owned by another manager and `force` is false */
  apply<T extends KubeObject>(type: ResourceType, manifest: KubeManifest, options: ApplyOptions): Promise<T>;
  /** Server-side apply of the status subresource. */
  applyStatus<T extends KubeObject>(type: ResourceType, manifest: KubeManifest, options: ApplyOptions): Promise<T>;
  /** JSON merge patch (RFC 7386). */
  patch<T extends KubeObject>(type: ResourceType, address: ObjectAddress, patch: unknown, options?: PatchOptions): Promise<T>;
  /** False when it was not there. */
  delete(type: ResourceType, address: ObjectAddress, options?: DeleteOptions): Promise<boolean>;
  /** The same API server over the same sockets; `guard` is called right before each write goes on the wire, and holds it back by throwing. */
  guardedBy(guard: () => void): Cluster;
  /** The same API server over a socket of its own: what is asked here never waits behind a backlog. */
  urgent(): Cluster;
  /** Anything else: subresources, discovery, `/readyz`. */
  raw(request: ClusterRequest): Promise<unknown>;
  /** The namespace of the kubeconfig's context or of the pod. */
  readonly namespace: string | undefined;
  close(): Promise<void>;
}
