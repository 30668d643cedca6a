/** Sources of a controller: which changes of a reflector's objects concern the controller, and which keys they concern. */
import type { KubeObject } from '../objects/kube-object.ts';
import type { ObjectChange } from '../watch/object-cache.ts';
import type { Reflector } from '../watch/reflector.ts';
import type { Priority } from './priority.ts';

export interface Source {
  readonly reflector: Pick<Reflector, 'onChange' | 'synced' | 'stats'>;
  /** The keys that an object concerns. Called for the object before and after a change, so that a former owner is reconciled too. */
  mapToKeys(object: KubeObject): readonly string[];
  /** False: the controller ignores the change. Default: every change concerns it. */
  concerns?(change: ObjectChange): boolean;
  /** Default: `resync` for a change that a list shows, `spec` for every other change. */
  priority?(change: ObjectChange): Priority;
}

/** For `concerns`: the object was added or deleted, or its spec changed. A change of its status or labels alone gives false. */
export function specChanged({ type, object, previous }: ObjectChange): boolean {
  const { uid, generation } = object.metadata;
  return type !== 'modified' || generation === undefined || generation !== previous?.metadata.generation || uid !== previous.metadata.uid;
}

/**
 * For `concerns` of a kind that the controller itself writes: false for its own writes, unless the answer also shows that another writer changed
 * the spec right before.
 */
export function isNews(change: ObjectChange): boolean {
  return !change.own || (change.type === 'modified' && specChanged(change));
}

/** Makes a Source whose functions take objects of the reflector's type. */
export function makeSource<T extends KubeObject>(
  reflector: Reflector<T>,
  mapToKeys: (object: T) => readonly string[],
  options: { readonly concerns?: (change: ObjectChange<T>) => boolean; readonly priority?: (change: ObjectChange<T>) => Priority } = {},
): Source {
  // The reflector gives only objects of type T, so the cast is sound.
  const { concerns, priority } = options;
  return {
    reflector,
    mapToKeys: (object) => mapToKeys(object as T),
    ...(concerns === undefined ? {} : { concerns: (change) => concerns(change as ObjectChange<T>) }),
    ...(priority === undefined ? {} : { priority: (change) => priority(change as ObjectChange<T>) }),
  };
}

/** The keys that a change concerns, and their priority. No keys when the source ignores the change. */
export function keysOf(source: Source, change: ObjectChange): { readonly keys: ReadonlySet<string>; readonly priority: Priority } {
  const priority = source.priority?.(change) ?? (change.fromList ? 'resync' : 'spec');
  if (source.concerns?.(change) === false) return { keys: new Set(), priority };
  const { object, previous } = change;
  const before = previous === undefined || previous === object ? [] : source.mapToKeys(previous);
  return { keys: new Set([...source.mapToKeys(object), ...before]), priority };
}
