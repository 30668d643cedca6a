/** Tells the executor which applies would change nothing. */
import { hash } from 'node:crypto';
import type { KubeManifest, KubeObject } from '../objects/kube-object.ts';
import { differingPaths, project, sameWithin } from '../objects/projection.ts';
import { sameJson } from '../objects/same-json.ts';

/**
 * Knows which applies would change nothing. An apply is needless when the same manifest was applied to the same uid before, and the part of the
 * live object that the manifest names is as the server left it then. So defaults and normalised values (`1000m` → `1`) do not matter. A field
 * that the manifest dropped matters, and so does an edit by another writer.
 */
export interface AppliedMemory {
  isNeedless(fieldManager: string, manifest: KubeManifest, live: KubeObject): boolean;
  /** Notes an apply: the manifest, and the object that the server made of it. */
  remember(fieldManager: string, manifest: KubeManifest, answer: KubeObject): void;
  /** Whether another writer has changed what the same manifest made of the object. False when this process has not applied that manifest before. */
  isEdited(fieldManager: string, manifest: KubeManifest, live: KubeObject): boolean;
  /** Fields of the manifest that another writer has changed, as paths such as `spec.replicas`; at most {@link EDITED_PATHS_MAX}. */
  editedPaths(fieldManager: string, manifest: KubeManifest, live: KubeObject): readonly string[];
  /** Notes that the object is gone. */
  forget(object: KubeObject): void;
  /** Number of objects that the memory knows. */
  readonly size: number;
}

/** Bound on the fields that are named for one object. */
export const EDITED_PATHS_MAX = 8;

interface Applied {
  readonly manifestHash: string;
  /** The latest version of the live object that has the effect. The same reference needs no second comparison, and equal parts share a reference. */
  readonly seen: KubeObject;
}

export function makeAppliedMemory(hashAnnotation: string | undefined): AppliedMemory {
  /** Read from the manifest where the manifest carries its hash, else computed. */
  const manifestHash = (manifest: KubeManifest): string =>
    (hashAnnotation === undefined ? undefined : annotationsOf(manifest)?.[hashAnnotation]) ?? contentHash(manifest);
  /** By uid, then by field manager. */
  const applied = new Map<string, Map<string, Applied>>();
  return {
    isNeedless(fieldManager, manifest, live) {
      const memory = applied.get(live.metadata.uid ?? '')?.get(fieldManager);
      if (memory === undefined) return wasAppliedByPredecessor(manifest, live, hashAnnotation);
      if (memory.manifestHash !== manifestHash(manifest)) return false;
      if (memory.seen === live) return true;
      if (!isSameEffect(manifest, memory.seen, live)) return false;
      applied.get(live.metadata.uid ?? '')?.set(fieldManager, { ...memory, seen: live });
      return true;
    },
    isEdited(fieldManager, manifest, live) {
      const memory = applied.get(live.metadata.uid ?? '')?.get(fieldManager);
      return memory !== undefined && memory.manifestHash === manifestHash(manifest) && !isSameEffect(manifest, memory.seen, live);
    },
    editedPaths(fieldManager, manifest, live) {
      const seen = applied.get(live.metadata.uid ?? '')?.get(fieldManager)?.seen;
      return differingPaths(manifest, seen, live).slice(0, EDITED_PATHS_MAX);
    },
    remember(fieldManager, manifest, answer) {
      const { uid } = answer.metadata;
      if (uid === undefined) return;
      const managers = applied.get(uid) ?? new Map<string, Applied>();
      applied.set(uid, managers.set(fieldManager, { manifestHash: manifestHash(manifest), seen: answer }));
    },
    forget: ({ metadata }) => void applied.delete(metadata.uid ?? ''),
    get size() {
      return applied.size;
    },
  };
}

/** For a process that restarted: the annotation says that this manifest was applied, and none of its fields has been edited since. */
function wasAppliedByPredecessor(manifest: KubeManifest, live: KubeObject, hashAnnotation: string | undefined): boolean {
  if (onlyKeepsFinalizers(manifest, live)) return true;
  if (hashAnnotation === undefined) return false;
  const applied = annotationsOf(manifest)?.[hashAnnotation];
  return applied !== undefined && live.metadata.annotations?.[hashAnnotation] === applied && sameJson(project(live, manifest), manifest);
}

/** The manifest names finalizers alone, and the object has them. */
function onlyKeepsFinalizers({ apiVersion: _apiVersion, kind: _kind, metadata, ...body }: KubeManifest, live: KubeObject): boolean {
  const { name: _name, namespace: _namespace, uid, finalizers, ...others } = metadata;
  if (Object.keys(body).length > 0 || Object.keys(others).length > 0 || !Array.isArray(finalizers) || finalizers.length === 0) return false;
  return uid === live.metadata.uid && finalizers.every((one) => live.metadata.finalizers?.includes(one as string) === true);
}

/** Hash of the JSON text as written: a manifest that names its members in another order costs one needless apply. */
export function contentHash(value: unknown): string {
  return hash('sha256', JSON.stringify(value), 'base64url');
}

function annotationsOf(manifest: KubeManifest): Readonly<Record<string, string>> | undefined {
  return manifest.metadata['annotations'] as Readonly<Record<string, string>> | undefined;
}

function isSameEffect(manifest: KubeManifest, seen: KubeObject, live: KubeObject): boolean {
  if (!isMetadataOnly(live) || !isMetadataOnly(seen)) return sameWithin(manifest, seen, live);
  return versionOf(seen) === versionOf(live) && sameWithin(manifest.metadata, seen.metadata, live.metadata);
}

/** Of the body that is not known. */
function versionOf({ metadata: { generation, resourceVersion } }: KubeObject): string | number | undefined {
  return generation ?? resourceVersion;
}

function isMetadataOnly(live: KubeObject): boolean {
  return Object.keys(live).every((key) => key === 'apiVersion' || key === 'kind' || key === 'metadata');
}
