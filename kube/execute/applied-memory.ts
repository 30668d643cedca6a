/** Tells the executor which applies would change nothing. */
import { hash } from 'node:crypto';
import type { KubeManifest, KubeObject } from '../objects/kube-object.ts';
import { project, sameWithin } from '../objects/projection.ts';
import { sameJson } from '../objects/same-json.ts';

/**
 * Knows which applies would change nothing. An apply is needless when the same manifest was applied before (to the same uid) and the part of the
 * live object that it speaks about is as the server left it then: so defaults and normalised values (`1000m` → `1`) do not matter, a field
 * that the manifest dropped does, and so does an edit by somebody else.
 */
export interface AppliedMemory {
  isNeedless(fieldManager: string, manifest: KubeManifest, live: KubeObject): boolean;
  /** After an apply: what was applied, and what the server made of it. */
  remember(fieldManager: string, manifest: KubeManifest, answer: KubeObject): void;
  /** The object is gone. */
  forget(object: KubeObject): void;
  /** Objects that it knows something of. */
  readonly size: number;
}

interface Applied {
  readonly manifestHash: string;
  /** The latest version of the live object that has the effect: the very same one needs no second look, and equal parts are the very same. */
  readonly seen: KubeObject;
}

export function makeAppliedMemory(hashAnnotation: string | undefined): AppliedMemory {
  /** Where the manifest carries its hash, that is not reckoned a second time. */
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

/** After a restart: the annotation says that this very manifest was applied, and nothing of it has been edited since. */
function wasAppliedByPredecessor(manifest: KubeManifest, live: KubeObject, hashAnnotation: string | undefined): boolean {
  if (onlyKeepsFinalizers(manifest, live)) return true;
  if (hashAnnotation === undefined) return false;
  const applied = annotationsOf(manifest)?.[hashAnnotation];
  return applied !== undefined && live.metadata.annotations?.[hashAnnotation] === applied && sameJson(project(live, manifest), manifest);
}

/** The manifest wants nothing but finalizers, and they are there. */
function onlyKeepsFinalizers({ apiVersion: _apiVersion, kind: _kind, metadata, ...body }: KubeManifest, live: KubeObject): boolean {
  const { name: _name, namespace: _namespace, uid, finalizers, ...others } = metadata;
  if (Object.keys(body).length > 0 || Object.keys(others).length > 0 || !Array.isArray(finalizers) || finalizers.length === 0) return false;
  return uid === live.metadata.uid && finalizers.every((one) => live.metadata.finalizers?.includes(one as string) === true);
}

/** Of the text as it is written: code that names members in another order costs one needless apply. */
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
