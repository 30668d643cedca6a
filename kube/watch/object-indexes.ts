/** The indexes of an object cache: keys of objects by a value that a function takes from each object. */
import type { KubeObject, ObjectKey } from '../objects/kube-object.ts';

/** Values under which an object is found, for example the UIDs of its owners or the names that it refers to. */
export type IndexFunction<T extends KubeObject> = (object: T) => readonly string[];

export interface ObjectIndexes<T extends KubeObject> {
  add(key: ObjectKey, object: T): void;
  /** `object` is the version that was added. */
  remove(key: ObjectKey, object: T): void;
  /** @throws RangeError for an index that was not declared */
  keys(index: string, value: string): Iterable<ObjectKey>;
}

export function makeObjectIndexes<T extends KubeObject>(functions: Readonly<Record<string, IndexFunction<T>>>): ObjectIndexes<T> {
  const tables = new Map(Object.keys(functions).map((name) => [name, new Map<string, Set<ObjectKey>>()]));
  return {
    add(key, object) {
      for (const [name, table] of tables) {
        for (const value of functions[name]?.(object) ?? []) table.set(value, (table.get(value) ?? new Set()).add(key));
      }
    },
    remove(key, object) {
      for (const [name, table] of tables) {
        for (const value of functions[name]?.(object) ?? []) {
          const keys = table.get(value);
          keys?.delete(key);
          if (keys?.size === 0) table.delete(value);
        }
      }
    },
    keys(name, value) {
      const table = tables.get(name);
      if (table === undefined) throw new RangeError(`expected a declared index (${[...tables.keys()].join(', ')}), found ${name}`);
      return table.get(value) ?? [];
    },
  };
}
