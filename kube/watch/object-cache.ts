/** The objects of one kind as raw JSON, with indexes, for reflectors and controllers. */
import { type KubeObject, objectKey, type ObjectKey } from '../objects/kube-object.ts';
import { compareResourceVersions } from '../objects/resource-version.ts';
import { type IndexFunction, makeObjectIndexes } from './object-indexes.ts';
import { shareParts, shareStructure } from '../objects/share-structure.ts';

export interface ObjectChange<T extends KubeObject = KubeObject> {
  readonly type: 'added' | 'modified' | 'deleted';
  /** The object after the change; for a delete, as it was last seen. */
  readonly object: T;
  /** The object before the change; undefined when it was not known. */
  readonly previous: T | undefined;
  /** True when a list showed the change (at the start or after a gap), not the watch. */
  readonly fromList: boolean;
  /** True when the change is the answer to a write of this process. The answer may also show what other writers changed right before. */
  readonly own: boolean;
}

/** The reading half of a cache, for controllers. */
export interface ObjectReader<T extends KubeObject = KubeObject> {
  get(key: ObjectKey): T | undefined;
  list(): readonly T[];
  /** @throws RangeError for an index that was not declared */
  byIndex(index: string, value: string): readonly T[];
  readonly size: number;
}

export interface ObjectCache<T extends KubeObject = KubeObject> extends ObjectReader<T> {
  /** Takes over a whole list. Returns the changes since the state before. */
  replace(items: readonly T[], resourceVersion: string): readonly ObjectChange<T>[];
  /** Takes over one event of a watch. Returns no change when the cache holds a newer version. */
  upsert(object: T): readonly ObjectChange<T>[];
  remove(object: T): readonly ObjectChange<T>[];
  /** Notes that the watch has told every change up to this version. */
  advance(resourceVersion: string): void;
  /** Takes over the answer to an own write, so that the next read sees it before the watch tells of it. */
  note(object: T): readonly ObjectChange<T>[];
  /** Resource version up to which the watch has told every change. */
  readonly resourceVersion: string;
}

/**
 * Raw JSON by key, with indexes. The cache compares versions, so a stale read or a late event never undoes a newer version. The cache owns the
 * objects that it is given, and readers must not change the objects that they get. A part of an object that stays equal keeps its reference, so
 * a reader can look up by that reference a result that it computed from the part.
 */
export function makeObjectCache<T extends KubeObject>(indexes: Readonly<Record<string, IndexFunction<T>>> = {}): ObjectCache<T> {
  const objects = new Map<ObjectKey, T>();
  const index = makeObjectIndexes(indexes);
  const shareWithLatest = makeSharing<T>();
  let seen = '0';

  const drop = (key: ObjectKey, last: T, held: T, fromList: boolean): ObjectChange<T> => {
    index.remove(key, held);
    objects.delete(key);
    return { type: 'deleted', object: last, previous: held, fromList, own: false };
  };
  const put = (given: T, fromList: boolean, own = false): readonly ObjectChange<T>[] => {
    const key = objectKey(given.metadata);
    const held = objects.get(key);
    if (held !== undefined && compareResourceVersions(versionOf(given), versionOf(held)) <= 0) return [];
    // The object was deleted and created again under the same name in between: a delete and an add, not one change.
    const isRecreated = held !== undefined && held.metadata.uid !== given.metadata.uid;
    const dropped = isRecreated ? [drop(key, held, held, fromList)] : [];
    const previous = isRecreated ? undefined : held;
    if (previous !== undefined) index.remove(key, previous);
    const object = previous === undefined ? shareWithLatest(given) : shareStructure(given, previous);
    objects.set(key, object);
    index.add(key, object);
    return [...dropped, { type: previous === undefined ? 'added' : 'modified', object, previous, fromList, own }];
  };
  const advance = (resourceVersion: string): void => {
    if (compareResourceVersions(resourceVersion, seen) > 0) seen = resourceVersion;
  };

  return {
    get: (key) => objects.get(key),
    list: () => [...objects.values()],
    byIndex: (name, value) => [...index.keys(name, value)].flatMap((key) => objects.get(key) ?? []),
    get size() {
      return objects.size;
    },
    get resourceVersion() {
      return seen;
    },
    replace(items, resourceVersion) {
      const changes = items.flatMap((item) => put(item, true));
      const listed = new Set(items.map((item) => objectKey(item.metadata)));
      for (const [key, held] of objects) {
        // An own write that is newer than the list is not yet part of it.
        if (listed.has(key) || compareResourceVersions(versionOf(held), resourceVersion) > 0) continue;
        changes.push(drop(key, held, held, true));
      }
      advance(resourceVersion);
      return changes;
    },
    upsert(object) {
      advance(versionOf(object));
      return put(object, false);
    },
    remove(object) {
      advance(versionOf(object));
      const key = objectKey(object.metadata);
      const held = objects.get(key);
      if (held === undefined || compareResourceVersions(versionOf(object), versionOf(held)) < 0) return [];
      return [drop(key, object, held, false)];
    },
    advance,
    note(object) {
      // The watch has told of this write already, and perhaps of a later delete.
      if (compareResourceVersions(versionOf(object), seen) <= 0) return [];
      return put(object, false, true);
    },
  };
}

/** A new object shares its equal parts with the object that was added before it, because the two often resemble each other. */
function makeSharing<T extends KubeObject>(): (object: T) => T {
  let latest: T | undefined;
  return (object) => {
    if (latest !== undefined) shareParts(object, latest);
    latest = object;
    return object;
  };
}

function versionOf(object: KubeObject): string {
  return object.metadata.resourceVersion ?? '0';
}
