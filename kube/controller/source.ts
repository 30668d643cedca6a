/** What makes a controller look at a key: changes of a reflector's objects, and which of them concern the controller. */
import type { KubeObject } from '../objects/kube-object.ts';
import type { ObjectChange } from '../watch/object-cache.ts';
import type { Reflector } from '../watch/reflector.ts';
import type { Priority } from './priority.ts';

export interface Source {
  readonly reflector: Pick<Reflector, 'onChange' | 'synced' | 'stats'>;
  /** The keys that a change concerns. Called for the object before and after the change, so that a former owner is looked at too. */
  mapToKeys(object: KubeObject): readonly string[];
  /** False: the controller ignores the change. Default: every change concerns it. */
  concerns?(change: ObjectChange): boolean;
  /** Default: `resync` for what a list brings, `spec` for every other change. */
  priority?(change: ObjectChange): Priority;
}

/** For `concerns`: the object was added or deleted, or its spec changed. A change of its status or labels alone gives false. */
export function specChanged({ type, object, previous }: ObjectChange): boolean {
  const { uid, generation } = object.metadata;
  return type !== 'modified' || generation === undefined || generation !== previous?.metadata.generation || uid !== previous.metadata.uid;
}

/**
 * For `concerns` of a kind that the controller writes itself: its own writes give false, unless the answer also holds a change of the spec that
 * another writer made right before.
 */
export function isNews(change: ObjectChange): boolean {
  return !change.own || (change.type === 'modified' && specChanged(change));
}

/** A Source over typed objects. */
export function makeSource<T extends KubeObject>(
  reflector: Reflector<T>,
  mapToKeys: (object: T) => readonly string[],
  options: { readonly concerns?: (change: ObjectChange<T>) => boolean; readonly priority?: (change: ObjectChange<T>) => Priority } = {},
): Source {
  // The reflector only ever hands out T, so narrowing what it handed out is sound.
  const { concerns, priority } = options;
  return {
    reflector,
    mapToKeys: (object) => mapToKeys(object as T),
    ...(concerns === undefined ? {} : { concerns: (change) => concerns(change as ObjectChange<T>) }),
    ...(priority === undefined ? {} : { priority: (change) => priority(change as ObjectChange<T>) }),
  };
}

/** The keys that a change concerns, and with which priority; no keys when the source ignores it. */
export function keysOf(source: Source, change: ObjectChange): { readonly keys: ReadonlySet<string>; readonly priority: Priority } {
  const priority = source.priority?.(change) ?? (change.fromList ? 'resync' : 'spec');
  if (source.concerns?.(change) === false) return { keys: new Set(), priority };
  const { object, previous } = change;
  const before = previous === undefined || previous === object ? [] : source.mapToKeys(previous);
  return { keys: new Set([...source.mapToKeys(object), ...before]), priority };
}
