/** Remembers what the executor applied, so that it notices objects that another writer deleted. */
import { contentHash } from './applied-memory.ts';
import { type KubeManifest, type KubeObject, objectKey } from '../objects/kube-object.ts';
import type { ResourceType } from '../objects/resource-type.ts';

/** Bound on objects that were deleted and not applied again. Beyond it the memory starts anew, and a deletion is not told. */
const LOST_MAX = 10_000;

export interface LostObjects {
  /** Notes an apply, and the object that the server made of it. */
  applied(type: ResourceType, object: KubeObject, manifest: KubeManifest): void;
  /** Whether this manifest was the last that made the object what it is. */
  isApplied(object: KubeObject, manifest: KubeManifest): boolean;
  /** Notes that the executor itself deletes the object. */
  removed(object: KubeObject): void;
  /** Notes that the object is gone. */
  gone(type: ResourceType, object: KubeObject): void;
  /** Whether another writer deleted the object that this same manifest had made. */
  wasLost(type: ResourceType, manifest: KubeManifest): boolean;
}

export function makeLostObjects(): LostObjects {
  /** Hash of the manifest, by uid. */
  const hashes = new Map<string, string>();
  /** Hash of the manifest of objects that are gone, by kind and name. */
  const lost = new Map<string, string>();
  const keyOf = (type: ResourceType, metadata: { readonly name: string; readonly namespace?: string }): string =>
    `${type.kind} ${objectKey(metadata)}`;
  return {
    applied(type, object, manifest) {
      hashes.set(object.metadata.uid ?? '', contentHash(manifest));
      lost.delete(keyOf(type, object.metadata));
    },
    isApplied: ({ metadata }, manifest) => hashes.get(metadata.uid ?? '') === contentHash(manifest),
    removed: ({ metadata }) => void hashes.delete(metadata.uid ?? ''),
    gone(type, { metadata }) {
      const hash = hashes.get(metadata.uid ?? '');
      if (hash === undefined) return;
      hashes.delete(metadata.uid ?? '');
      if (lost.size >= LOST_MAX) lost.clear();
      lost.set(keyOf(type, metadata), hash);
    },
    wasLost: (type, manifest) => lost.get(keyOf(type, manifest.metadata)) === contentHash(manifest),
  };
}
