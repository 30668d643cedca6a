/** Owner references: how a child names its parent, and how a parent's children are found. */
import type { KubeObject, OwnerReference } from './kube-object.ts';
import type { ResourceType } from './resource-type.ts';

/** A reference that makes the garbage collector delete the child with its owner. Both are in one namespace, or the owner is cluster-scoped. */
export function controllerReference(type: ResourceType, owner: KubeObject): OwnerReference {
  const { name, uid } = owner.metadata;
  if (uid === undefined)
    throw new TypeError(
      `expected the owner ${type.kind} ${name} to have a uid, found none: only an object that the server stored can own another`,
    );
  return { apiVersion: type.apiVersion, kind: type.kind, name, uid, controller: true, blockOwnerDeletion: true };
}

/** The owner reference of the controller of `object`; undefined when it has none. */
export function controllerOf(object: KubeObject): OwnerReference | undefined {
  return object.metadata.ownerReferences?.find(({ controller }) => controller === true);
}

/** An index function: the UID of the controller. */
export function byControllerUid(object: KubeObject): readonly string[] {
  const owner = controllerOf(object);
  return owner === undefined ? [] : [owner.uid];
}

/** For `mapToKeys`: the key of the owner of this kind, in the child's namespace when the kind is namespaced. */
export function ownerKeys(type: ResourceType): (object: KubeObject) => readonly string[] {
  return (object) => {
    const owner = controllerOf(object);
    if (owner === undefined || owner.kind !== type.kind || groupOf(owner.apiVersion) !== groupOf(type.apiVersion)) return [];
    return [type.namespaced && object.metadata.namespace !== undefined ? `${object.metadata.namespace}/${owner.name}` : owner.name];
  };
}

function groupOf(apiVersion: string): string {
  const slash = apiVersion.indexOf('/');
  return slash < 0 ? '' : apiVersion.slice(0, slash);
}
