/** The objects of one kind as raw JSON, with indexes, for reflectors and controllers. */
import { type KubeObject, objectKey, type ObjectKey } from '../objects/kube-object.ts';
import { compareResourceVersions } from '../objects/resource-version.ts';
import { type IndexFunction, makeObjectIndexes } from './object-indexes.ts';
import { shareParts, shareStructure } from '../objects/share-structure.ts';

export interface ObjectChange<T extends KubeObject = KubeObject> {
  readonly type: 'added' | 'modified' | 'deleted';
  /** As it is now; for a delete, as it was last seen. */
  readonly object: T;
  /** As it was before, when it was known. */
  readonly previous: T | undefined;
  /** Seen by a list (at the start or after a gap), not as it happened. */
  readonly fromList: boolean;
  /** The answer to a write of this process; what others changed right before may be in it. */
  readonly own: boolean;
}

/** What a controller may do with a cache. */
export interface ObjectReader<T extends KubeObject = KubeObject> {
  get(key: ObjectKey): T | undefined;
  list(): readonly T[];
  /** @throws RangeError for an index that was not declared */
  byIndex(index: string, value: string): readonly T[];
  readonly size: number;
}

export interface ObjectCache<T extends KubeObject = KubeObject> extends ObjectReader<T> {
  /** Takes over a whole list; says what changed since. */
  replace(items: readonly T[], resourceVersion: string): readonly ObjectChange<T>[];
  /** Takes over one event of a watch; nothing when it is older than what is held. */
  upsert(object: T): readonly ObjectChange<T>[];
  remove(object: T): readonly ObjectChange<T>[];
  /** The watch has told everything up to here. */
  advance(resourceVersion: string): void;
  /** Takes over the answer to one's own write, so that the next read sees it although the watch does not tell it yet. */
  note(object: T): readonly ObjectChange<T>[];
  /** Resource version up to which the watch has told everything. */
  readonly resourceVersion: string;
}

/**
 * Raw JSON by key, with indexes. Knows which of two versions is newer, so stale reads and late events never undo a newer one. It owns what it is
 * given, and readers must not change what it hands out: while a part of an object stays equal, it stays the same reference, so a result
 * that was computed from the part can be looked up by it.
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
    // Deleted and created again under the same name between two looks: a delete and an add, not one change.
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
        // One's own write that is newer than the list is not missing from it.
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
      // What the watch has told already includes this write, and maybe the delete after it.
      if (compareResourceVersions(versionOf(object), seen) <= 0) return [];
      return put(object, false, true);
    },
  };
}

/** Parts that a new object has in common with the object that was added before it become the same reference: the two are often alike. */
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
