import { unreachable } from '@flotilla/contracts/assert.ts';
import { isAlreadyExists, isAnotherObject, isInvalid, isNotFound } from '../transport/cluster-error.ts';
import type { ApplyOptions, Cluster } from '../cluster/cluster.ts';
import { type KubeManifest, type KubeObject, objectKey } from '../objects/kube-object.ts';
import type { Reflector } from '../watch/reflector.ts';
import type { ResourceType } from '../objects/resource-type.ts';
import { contentHash, makeAppliedMemory } from './applied-memory.ts';
import type { EventRecorder } from './event-recorder.ts';
import type { ApplyIntent, CreateIntent, DeleteIntent, Intent, StatusIntent } from './intent.ts';
import type { ControlMetrics } from '../controller/metrics.ts';
import { replaceContent } from './replace-content.ts';
import { sameJson } from '../objects/same-json.ts';

export interface ExecutorOptions {
  readonly cluster: Cluster;
  /** The default field manager; status goes by `<fieldManager>-status`. */
  readonly fieldManager: string;
  /** Caches of what is written: they tell which writes are needless, and are told of every answer. */
  readonly reflectors: readonly Reflector[];
  readonly recorder: Pick<EventRecorder, 'record'>;
  /** Label of the metrics. */
  readonly controller: string;
  readonly metrics: ControlMetrics;
  /** Put on applied objects, so that a restarted process need not write them again. */
  readonly hashAnnotation?: string;
}

export interface Executed {
  readonly written: number;
  /** Needless writes that were not made. */
  readonly skipped: number;
}

export interface Executor {
  /** Carries the intents out in order; stops at the first failure and throws it. Carrying them out twice is harmless. @throws ClusterError */
  execute(intents: readonly Intent[], options?: { readonly signal?: AbortSignal }): Promise<Executed>;
}

type Outcome = 'written' | 'skipped';

/** The generic second half of a reconcile: plan → intents → this. */
export function makeExecutor(options: ExecutorOptions): Executor {
  const { cluster, recorder, metrics, controller } = options;
  const applied = makeAppliedMemory(options.hashAnnotation);
  const caches = new Map<string, Reflector[]>();
  for (const reflector of options.reflectors) {
    const id = typeId(reflector.type);
    caches.set(id, [...(caches.get(id) ?? []), reflector]);
    reflector.onChange(({ type, object }) => {
      if (type === 'deleted') applied.forget(object);
    });
  }

  const cacheWith = (type: ResourceType, key: string): Reflector | undefined =>
    caches.get(typeId(type))?.find((reflector) => reflector.get(key) !== undefined);
  const live = (type: ResourceType, key: string): KubeObject | undefined => cacheWith(type, key)?.get(key);
  /** Gives the object as the cache that has it holds it; undefined when none does. */
  const note = (type: ResourceType, object: KubeObject): KubeObject | undefined => {
    const views = new Map((caches.get(typeId(type)) ?? []).map((reflector) => [reflector, reflector.note(object)]));
    const cache = cacheWith(type, objectKey(object.metadata));
    return cache === undefined ? undefined : views.get(cache);
  };

  const apply = async (intent: ApplyIntent, signal: AbortSignal | undefined): Promise<Outcome> => {
    const { resource, force = true, fieldManager = options.fieldManager } = intent;
    const manifest = fieldManager === options.fieldManager ? withHash(intent.manifest, options.hashAnnotation) : intent.manifest;
    const key = objectKey(manifest.metadata);
    const held = live(resource, key);
    if (held !== undefined && applied.isNeedless(fieldManager, manifest, held)) return 'skipped';
    const answer = await applyOver(held, resource, manifest, { fieldManager, force, signal });
    // Without a cache nobody would tell that the object is gone, nor ask. With one, its view is what will be compared.
    const view = note(resource, answer);
    if (view !== undefined) applied.remember(fieldManager, manifest, view);
    return 'written';
  };

  /** An object that somebody has edited so that our fields no longer fit into it is set whole first. */
  const applyOver = async (
    held: KubeObject | undefined,
    resource: ResourceType,
    manifest: KubeManifest,
    applyOptions: ApplyOptions & { readonly signal: AbortSignal | undefined },
  ): Promise<KubeObject> => {
    try {
      return await cluster.apply(resource, manifest, applyOptions);
    } catch (error) {
      if (held === undefined || applyOptions.force !== true || !isInvalid(error) || isAnotherObject(error)) throw error;
      if (!(await replaceContent(cluster, resource, manifest, applyOptions))) throw error;
      return await cluster.apply(resource, manifest, applyOptions);
    }
  };

  const status = async (intent: StatusIntent, signal: AbortSignal | undefined): Promise<Outcome> => {
    const { resource, object, fieldManager = `${options.fieldManager}-status` } = intent;
    const { name, namespace, uid } = object.metadata;
    const held = (live(resource, objectKey(object.metadata)) ?? object) as KubeObject & { readonly status?: unknown };
    if (sameJson(held.status ?? {}, intent.status)) return 'skipped';
    const metadata = { name, ...(namespace === undefined ? {} : { namespace }), ...(uid === undefined ? {} : { uid }) };
    const manifest = { apiVersion: resource.apiVersion, kind: resource.kind, metadata, status: intent.status };
    try {
      note(resource, await cluster.applyStatus(resource, manifest, { fieldManager, force: true, signal }));
      return 'written';
    } catch (error) {
      if (isNotFound(error) || isAnotherObject(error)) return 'skipped';
      throw error;
    }
  };

  const create = async (intent: CreateIntent, signal: AbortSignal | undefined): Promise<Outcome> => {
    if (live(intent.resource, objectKey(intent.manifest.metadata)) !== undefined) return 'skipped';
    try {
      note(intent.resource, await cluster.create(intent.resource, intent.manifest, { fieldManager: options.fieldManager, signal }));
      return 'written';
    } catch (error) {
      if (isAlreadyExists(error)) return 'skipped';
      throw error;
    }
  };

  const remove = async (intent: DeleteIntent, signal: AbortSignal | undefined): Promise<Outcome> => {
    const { resource, object, propagation = 'Background' } = intent;
    const now = await cluster.find(resource, object.metadata, { signal });
    const { uid, resourceVersion, deletionTimestamp } = now?.metadata ?? {};
    if (uid === undefined || uid !== object.metadata.uid || deletionTimestamp !== undefined) return 'skipped';
    const preconditions = { uid, ...(resourceVersion === undefined ? {} : { resourceVersion }) };
    return (await cluster.delete(resource, object.metadata, { preconditions, propagation, signal })) ? 'written' : 'skipped';
  };

  const carryOut = (intent: Intent, signal: AbortSignal | undefined): Promise<Outcome> => {
    switch (intent.type) {
      case 'apply':
        return apply(intent, signal);
      case 'status':
        return status(intent, signal);
      case 'create':
        return create(intent, signal);
      case 'delete':
        return remove(intent, signal);
      case 'event':
        recorder.record(intent);
        return Promise.resolve('written');
      default:
        return unreachable(intent);
    }
  };

  return {
    async execute(intents, { signal } = {}) {
      const counts = { written: 0, skipped: 0 };
      for (const intent of intents) {
        try {
          const outcome = await carryOut(intent, signal);
          counts[outcome] += 1;
          metrics.wrote(controller, intent.type, outcome);
        } catch (error) {
          metrics.wrote(controller, intent.type, 'failed');
          throw error;
        }
      }
      return counts;
    },
  };
}

function typeId(type: ResourceType): string {
  return `${type.apiVersion}/${type.kind}`;
}

function withHash(manifest: KubeManifest, annotation: string | undefined): KubeManifest {
  if (annotation === undefined) return manifest;
  const annotations = manifest.metadata['annotations'] as Readonly<Record<string, string>> | undefined;
  return { ...manifest, metadata: { ...manifest.metadata, annotations: { ...annotations, [annotation]: contentHash(manifest) } } };
}
