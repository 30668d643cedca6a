/** Carries out the intents of a plan: the generic second half of a reconcile function. Skips writes that would change nothing. */
import { assert, unreachable } from '@flotilla/contracts/errors/assert.ts';
import { isAlreadyExists, isAnotherObject, isInvalid, isNotFound } from '../transport/cluster-error.ts';
import type { ApplyOptions, Cluster } from '../cluster/cluster.ts';
import { type KubeManifest, type KubeObject, objectKey } from '../objects/kube-object.ts';
import type { Reflector } from '../watch/reflector.ts';
import type { ResourceType } from '../objects/resource-type.ts';
import { type AppliedMemory, contentHash, makeAppliedMemory } from './applied-memory.ts';
import type { EventRecorder } from './event-recorder.ts';
import type { ApplyIntent, CreateIntent, DeleteIntent, Intent, StatusIntent } from './intent.ts';
import type { ControlMetrics } from '../controller/metrics.ts';
import { replaceContent } from './replace-content.ts';
import { sameJson } from '../objects/same-json.ts';
import { type LostObjects, makeLostObjects } from './lost-objects.ts';
import { makeWrittenCaches, type WrittenCaches } from './written-caches.ts';

export interface ExecutorOptions {
  readonly cluster: Cluster;
  /** The default field manager. Status is written by `<fieldManager>-status`. */
  readonly fieldManager: string;
  /** Reflectors of the kinds that are written. The executor compares with their objects, and gives them the answer to every write. */
  readonly reflectors: readonly Reflector[];
  readonly recorder: Pick<EventRecorder, 'record'>;
  /** Label of the metrics. */
  readonly controller: string;
  readonly metrics: ControlMetrics;
  /** Annotation for the hash of an applied manifest, so that a restarted process does not write the object again. */
  readonly hashAnnotation?: string;
  /** Takes each change by another writer that an apply has just put back. Changes that were made before this process began are not told. */
  readonly onDrift?: (drift: ObjectDrift) => void;
}

/** A change by another writer to an object that the executor applies. */
export interface ObjectDrift {
  readonly resource: ResourceType;
  readonly address: { readonly name: string; readonly namespace?: string };
  /** What the other writer did: changed or added fields, or deleted the object. */
  readonly change: 'edited' | 'deleted';
  /** The fields that were changed or added; values are left out. */
  readonly paths: readonly string[];
}

export interface Executed {
  readonly written: number;
  /** Writes that were skipped because they would change nothing. */
  readonly skipped: number;
}

export interface Executor {
  /**
   * Carries the intents out in order. Stops at the first failure and throws it. Carrying the intents out twice is harmless.
   *
   * @throws ClusterError
   * @throws AssertionError when an intent has no name, or a delete has no uid
   */
  execute(intents: readonly Intent[], options?: { readonly signal?: AbortSignal }): Promise<Executed>;
}

type Outcome = 'written' | 'skipped';

/** The arguments that the functions below share. */
interface Tools {
  readonly cluster: Cluster;
  readonly caches: WrittenCaches;
  readonly applied: AppliedMemory;
  readonly lost: LostObjects;
  readonly onDrift: ExecutorOptions['onDrift'];
  readonly fieldManager: string;
  readonly hashAnnotation: string | undefined;
  readonly signal: AbortSignal | undefined;
}

export function makeExecutor(options: ExecutorOptions): Executor {
  const { cluster, recorder, metrics, controller, fieldManager, hashAnnotation, reflectors } = options;
  const applied = makeAppliedMemory(hashAnnotation);
  const lost = makeLostObjects();
  for (const reflector of reflectors) {
    reflector.onChange(({ type, object }) => {
      if (type !== 'deleted') return;
      lost.gone(reflector.type, object);
      applied.forget(object);
    });
  }
  const { onDrift } = options;
  const tools = { cluster, caches: makeWrittenCaches(reflectors), applied, lost, onDrift, fieldManager, hashAnnotation };

  return {
    async execute(intents, { signal } = {}) {
      const counts = { written: 0, skipped: 0 };
      for (const intent of intents) {
        try {
          const outcome = await carryOut(intent, { ...tools, signal }, recorder);
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

async function carryOut(intent: Intent, tools: Tools, recorder: Pick<EventRecorder, 'record'>): Promise<Outcome> {
  switch (intent.type) {
    case 'apply':
      return apply(intent, tools);
    case 'status':
      return applyStatus(intent, tools);
    case 'create':
      return create(intent, tools);
    case 'delete':
      return remove(intent, tools);
    case 'event':
      recorder.record(intent);
      return 'written';
    default:
      return unreachable(intent);
  }
}

async function apply(intent: ApplyIntent, tools: Tools): Promise<Outcome> {
  const { caches, applied, lost, signal } = tools;
  const { resource, force = true, fieldManager = tools.fieldManager } = intent;
  const manifest = fieldManager === tools.fieldManager ? withHash(intent.manifest, tools.hashAnnotation) : intent.manifest;
  assertNamed(intent.type, resource, manifest.metadata);
  const held = caches.live(resource, objectKey(manifest.metadata));
  const isToBeCleared = (object: KubeObject | undefined): boolean => intent.whole === true && hasForeignFields(object);
  if (held !== undefined && !isToBeCleared(held) && applied.isNeedless(fieldManager, manifest, held)) return 'skipped';
  const drift = driftOf({ resource, manifest, fieldManager, held, whole: intent.whole === true }, tools);
  const write = (): Promise<KubeObject> => applyOver(held, resource, manifest, tools.cluster, { fieldManager, force, signal });
  // Without a cache, no event tells that the object is gone. With a cache, later comparisons are with the cache's own object.
  let view = caches.note(resource, await write());
  if (isToBeCleared(view) && (await replaceContent(tools.cluster, resource, manifest, { fieldManager, signal }))) {
    view = caches.note(resource, await write());
  }
  if (view !== undefined) {
    applied.remember(fieldManager, manifest, view);
    lost.applied(resource, view, manifest);
  }
  if (drift !== undefined) tools.onDrift?.(drift);
  return 'written';
}

interface AppliedOver {
  readonly resource: ResourceType;
  readonly manifest: KubeManifest;
  readonly fieldManager: string;
  readonly held: KubeObject | undefined;
  readonly whole: boolean;
}

/** What another writer did to the object since the same manifest was applied; undefined when no other writer did anything. */
function driftOf({ resource, manifest, fieldManager, held, whole }: AppliedOver, { applied, lost }: Tools): ObjectDrift | undefined {
  const { name, namespace } = manifest.metadata;
  const common = { resource, address: { name, ...(namespace === undefined ? {} : { namespace }) } };
  if (held === undefined) return lost.wasLost(resource, manifest) ? { ...common, change: 'deleted', paths: [] } : undefined;
  const foreign = whole ? (held.metadata.foreignFields ?? []) : [];
  if (applied.isEdited(fieldManager, manifest, held))
    return { ...common, change: 'edited', paths: applied.editedPaths(fieldManager, manifest, held) };
  // Fields of others on an object that this process left without any.
  const paths = foreign.map((path) => path.replaceAll('f:', ''));
  return paths.length > 0 && lost.isApplied(held, manifest) ? { ...common, change: 'edited', paths } : undefined;
}

function hasForeignFields(object: KubeObject | undefined): boolean {
  return (object?.metadata.foreignFields ?? []).length > 0;
}

/** Replaces the whole content first when another writer has edited the object so that our fields no longer fit into it. */
async function applyOver(
  held: KubeObject | undefined,
  resource: ResourceType,
  manifest: KubeManifest,
  cluster: Cluster,
  options: ApplyOptions & { readonly force: boolean; readonly signal: AbortSignal | undefined },
): Promise<KubeObject> {
  try {
    return await cluster.apply(resource, manifest, options);
  } catch (error) {
    if (held === undefined || !options.force || !isInvalid(error) || isAnotherObject(error)) throw error;
    if (!(await replaceContent(cluster, resource, manifest, options))) throw error;
    return await cluster.apply(resource, manifest, options);
  }
}

async function applyStatus(intent: StatusIntent, { cluster, caches, fieldManager: ours, signal }: Tools): Promise<Outcome> {
  const { resource, object, fieldManager = `${ours}-status` } = intent;
  const { name, namespace, uid } = object.metadata;
  assertNamed(intent.type, resource, object.metadata);
  const held = (caches.live(resource, objectKey(object.metadata)) ?? object) as KubeObject & { readonly status?: unknown };
  if (sameJson(held.status ?? {}, intent.status)) return 'skipped';
  const metadata = { name, ...(namespace === undefined ? {} : { namespace }), ...(uid === undefined ? {} : { uid }) };
  const manifest = { apiVersion: resource.apiVersion, kind: resource.kind, metadata, status: intent.status };
  try {
    caches.note(resource, await cluster.applyStatus(resource, manifest, { fieldManager, force: true, signal }));
    return 'written';
  } catch (error) {
    if (isNotFound(error) || isAnotherObject(error)) return 'skipped';
    throw error;
  }
}

async function create({ type, resource, manifest }: CreateIntent, { cluster, caches, fieldManager, signal }: Tools): Promise<Outcome> {
  assertNamed(type, resource, manifest.metadata);
  if (caches.live(resource, objectKey(manifest.metadata)) !== undefined) return 'skipped';
  try {
    caches.note(resource, await cluster.create(resource, manifest, { fieldManager, signal }));
    return 'written';
  } catch (error) {
    if (isAlreadyExists(error)) return 'skipped';
    throw error;
  }
}

/** Deletes after a live read. Uid and resource version are preconditions, so that a later object of the same name or a changed object stays. */
async function remove(
  { type, resource, object, propagation = 'Background' }: DeleteIntent,
  { cluster, lost, signal }: Tools,
): Promise<Outcome> {
  assertNamed(type, resource, object.metadata);
  assert(
    object.metadata.uid !== undefined,
    `delete ${resource.kind} ${objectKey(object.metadata)}: expected the uid of the object to delete`,
  );
  const now = await cluster.find(resource, object.metadata, { signal });
  const { uid, resourceVersion, deletionTimestamp } = now?.metadata ?? {};
  if (uid === undefined || uid !== object.metadata.uid || deletionTimestamp !== undefined) return 'skipped';
  lost.removed(object);
  const preconditions = { uid, ...(resourceVersion === undefined ? {} : { resourceVersion }) };
  return (await cluster.delete(resource, object.metadata, { preconditions, propagation, signal })) ? 'written' : 'skipped';
}

/** A write without a name would address the whole collection. */
function assertNamed(verb: string, resource: ResourceType, { name }: { readonly name: string }): void {
  assert(name !== '', `${verb} ${resource.kind}: expected the name of an object, found ''`);
}

function withHash(manifest: KubeManifest, annotation: string | undefined): KubeManifest {
  if (annotation === undefined) return manifest;
  const annotations = manifest.metadata['annotations'] as Readonly<Record<string, string>> | undefined;
  return { ...manifest, metadata: { ...manifest.metadata, annotations: { ...annotations, [annotation]: contentHash(manifest) } } };
}
