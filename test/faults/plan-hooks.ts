/** Gives a plan access to the objects of the cluster, as the recorder has seen them. */
import { setTimeout as sleep } from 'node:timers/promises';
import { KINDS } from '@flotilla/operator/kinds.ts';
import type { Cluster, KubeObject, ResourceType } from '@flotilla/kube/mod.ts';
import type { Lane } from './lane.ts';
import type { ProxyHooks } from './proxy/strike-request.ts';
import type { OperatorProcess } from './world/operator-process.ts';
import { RECORDED_TYPES, type Recorder } from './world/recorder.ts';

export function planHooks(lane: Lane, current: () => OperatorProcess): ProxyHooks {
  return {
    crash: () => current().crash(),
    async freeze(ms) {
      current().freeze();
      await sleep(ms);
      current().thaw();
    },
    staleVersion(resource, back) {
      const versions = lane.truth
        .history()
        .filter((event) => event.resource === resource)
        .map(({ object }) => object.metadata.resourceVersion ?? '0');
      const first = lane.truth.history()[0]?.object.metadata.resourceVersion ?? '1';
      return versions.at(-1 - back) ?? first;
    },
    staleObject({ resource, name }, back) {
      const versions = lane.truth.history().filter((event) => event.resource === resource && event.object.metadata.name === name);
      const version = versions.at(-1 - back);
      return version === undefined || version.type === 'DELETED' ? undefined : version.object;
    },
    recreate: ({ resource, name }, target) =>
      lane.exclusive(async () => {
        const type = RECORDED_TYPES.find(({ plural }) => plural === resource);
        const object = type === undefined || name === undefined ? undefined : lane.truth.get(type, name);
        if (type === undefined || object === undefined) return;
        const owner = target === 'owner' ? ownerOf(lane.truth, object) : { type, object };
        if (owner !== undefined) await recreate(lane.cluster, owner.type, owner.object);
      }),
  };
}

function ownerOf(truth: Recorder, { metadata }: KubeObject): { readonly type: ResourceType; readonly object: KubeObject } | undefined {
  const reference = metadata.ownerReferences?.find(({ controller }) => controller === true);
  const type = RECORDED_TYPES.find(({ kind }) => kind === reference?.kind);
  const object = type === undefined || reference === undefined ? undefined : truth.get(type, reference.name);
  return type === undefined || object === undefined ? undefined : { type, object };
}

/** Does what `kubectl replace --force` does after the finalizers were removed: the same content gets another uid. */
async function recreate(cluster: Cluster, type: ResourceType, object: KubeObject): Promise<void> {
  const { name, namespace, labels, annotations, ownerReferences, deletionTimestamp } = object.metadata;
  const isOwn = (Object.values(KINDS) as readonly ResourceType[]).includes(type);
  if (deletionTimestamp !== undefined) return;
  if (object.metadata.finalizers !== undefined) await cluster.patch(type, object.metadata, { metadata: { finalizers: null } });
  await cluster.delete(type, object.metadata, { gracePeriodSeconds: 0 });
  const { status: _status, metadata: _metadata, ...content } = object as KubeObject & { readonly status?: unknown };
  const metadata = { name, ...(namespace === undefined ? {} : { namespace }), ...(isOwn ? {} : { labels, annotations, ownerReferences }) };
  await cluster.create(type, { ...content, apiVersion: type.apiVersion, kind: type.kind, metadata }, { fieldManager: 'user' });
}
