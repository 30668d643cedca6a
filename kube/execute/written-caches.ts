/** The caches of the kinds that an executor writes. The executor finds the live objects there, and gives them the answer to each write. */
import type { Reflector } from '../watch/reflector.ts';
import { type KubeObject, objectKey } from '../objects/kube-object.ts';
import type { ResourceType } from '../objects/resource-type.ts';

export interface WrittenCaches {
  /** The object of the first cache that has it; undefined when no cache has it. */
  live(type: ResourceType, key: string): KubeObject | undefined;
  /**
   * Gives every cache of the kind the answer to a write.
   *
   * @returns the object of the cache that has it; undefined when no cache has it
   */
  note(type: ResourceType, object: KubeObject): KubeObject | undefined;
}

export function makeWrittenCaches(reflectors: readonly Reflector[]): WrittenCaches {
  const cachesOf = (type: ResourceType): readonly Reflector[] =>
    reflectors.filter((reflector) => reflector.type.apiVersion === type.apiVersion && reflector.type.kind === type.kind);
  const holderOf = (caches: readonly Reflector[], key: string): Reflector | undefined =>
    caches.find((reflector) => reflector.get(key) !== undefined);

  return {
    live: (type, key) => holderOf(cachesOf(type), key)?.get(key),
    note(type, object) {
      const caches = cachesOf(type);
      const views = new Map(caches.map((reflector) => [reflector, reflector.note(object)]));
      const holder = holderOf(caches, objectKey(object.metadata));
      return holder === undefined ? undefined : views.get(holder);
    },
  };
}
