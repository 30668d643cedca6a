/** Records the true state of the API server and all its changes since a plan began, without the proxy. */
import { setTimeout as sleep } from 'node:timers/promises';
import { KINDS } from '@flotilla/operator/kinds.ts';
import {
  type Cluster,
  compareResourceVersions,
  isExpired,
  type KubeObject,
  KUBERNETES_TYPES,
  objectKey,
  type ResourceType,
} from '@flotilla/kube/mod.ts';

export const NAMESPACE = 'trading';

const { deployment, serviceAccount, networkPolicy, configMap, service, secret, persistentVolumeClaim, podDisruptionBudget, lease } =
  KUBERNETES_TYPES;

/** All types of objects that an operator may create or serve. */
export const RECORDED_TYPES: readonly ResourceType[] = [
  ...Object.values(KINDS),
  deployment,
  serviceAccount,
  networkPolicy,
  configMap,
  service,
  secret,
  persistentVolumeClaim,
  podDisruptionBudget,
  lease,
];

export interface TruthEvent {
  /** Plural. */
  readonly resource: string;
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED';
  readonly object: KubeObject;
  readonly atMs: number;
}

export interface Recorder {
  get(type: ResourceType, name: string): KubeObject | undefined;
  list(type: ResourceType): readonly KubeObject[];
  /** In the order of the API server's resource versions. */
  history(): readonly TruthEvent[];
  /** Begins a new history. */
  forget(): void;
  onChange(listener: () => void): void;
  stop(): Promise<void>;
}

export async function startRecorder(cluster: Cluster): Promise<Recorder> {
  const stopping = new AbortController();
  const truth = new Map<string, Map<string, KubeObject>>(RECORDED_TYPES.map((type) => [type.plural, new Map<string, KubeObject>()]));
  const listeners: (() => void)[] = [];
  let events: TruthEvent[] = [];

  const take = (resource: string, type: TruthEvent['type'], object: KubeObject): void => {
    const { managedFields: _managedFields, ...metadata } = object.metadata;
    const recorded = { ...object, metadata };
    const key = objectKey(metadata);
    if (type === 'DELETED') truth.get(resource)?.delete(key);
    else truth.get(resource)?.set(key, recorded);
    events.push({ resource, type, object: recorded, atMs: Date.now() });
    for (const listener of listeners) listener();
  };

  /** Records the changes during a gap of the watch from a list, because a restarted server no longer has the earlier events. */
  const catchUp = async (type: ResourceType): Promise<string> => {
    const { items, resourceVersion } = await cluster.list(type, type.namespaced ? { namespace: NAMESPACE } : {});
    const known = new Map(truth.get(type.plural));
    for (const item of items) {
      const key = objectKey(item.metadata);
      const held = known.get(key);
      known.delete(key);
      if (held?.metadata.resourceVersion === item.metadata.resourceVersion) continue;
      take(type.plural, held === undefined ? 'ADDED' : 'MODIFIED', item);
    }
    for (const gone of known.values()) take(type.plural, 'DELETED', gone);
    return resourceVersion;
  };

  const { signal } = stopping;
  const running = await Promise.all(
    RECORDED_TYPES.map(async (type) => {
      const resourceVersion = await catchUp(type);
      return { done: follow(cluster, type, resourceVersion, { take, catchUp, signal }) };
    }),
  );

  return {
    get: (type, name) => truth.get(type.plural)?.get(type.namespaced ? `${NAMESPACE}/${name}` : name),
    list: (type) => [...(truth.get(type.plural)?.values() ?? [])],
    history: () =>
      events.toSorted((a, b) =>
        compareResourceVersions(a.object.metadata.resourceVersion ?? '0', b.object.metadata.resourceVersion ?? '0'),
      ),
    forget: () => {
      events = [];
    },
    onChange: (listener) => void listeners.push(listener),
    async stop() {
      stopping.abort(new Error('the recorder was stopped'));
      await Promise.all(running.map(({ done }) => done));
    },
  };
}

interface Follow {
  readonly take: (resource: string, type: TruthEvent['type'], object: KubeObject) => void;
  /** Lists the objects of a type; resolves to the resource version of the list. */
  readonly catchUp: (type: ResourceType) => Promise<string>;
  readonly signal: AbortSignal;
}

/** Watches the objects of a type from a resource version until the signal aborts. */
async function follow(cluster: Cluster, type: ResourceType, from: string, { take, catchUp, signal }: Follow): Promise<void> {
  const scope = type.namespaced ? { namespace: NAMESPACE } : {};
  let resourceVersion = from;
  let forgotten = false;
  while (!signal.aborted) {
    try {
      if (forgotten) resourceVersion = await catchUp(type);
      forgotten = false;
      for await (const chunk of await cluster.watch(type, { ...scope, resourceVersion, timeoutSeconds: 3_600, signal })) {
        for (const event of chunk) {
          if (event.type === 'ERROR') forgotten = true;
          if (event.type === 'ERROR') break;
          resourceVersion = event.object.metadata.resourceVersion ?? resourceVersion;
          if (event.type !== 'BOOKMARK') take(type.plural, event.type, event.object);
        }
      }
    } catch (error) {
      // The plan may stop the API server. The watch then continues from its last event, if the server still knows that event.
      forgotten ||= isExpired(error);
    }
    await sleep(50);
  }
}
