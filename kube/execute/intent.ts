/** Intents: what a plan asks the executor to do, as plain data. */
import type { KubeManifest, KubeObject } from '../objects/kube-object.ts';
import type { ResourceType } from '../objects/resource-type.ts';

/** One thing to do. Intents are plain data, so that a plan is pure and the executor is generic. */
export type Intent = ApplyIntent | StatusIntent | CreateIntent | DeleteIntent | EventIntent;

/** Server-side apply of the manifest. Skipped when it would change nothing. */
export interface ApplyIntent {
  readonly type: 'apply';
  readonly resource: ResourceType;
  readonly manifest: KubeManifest;
  /** Default: the field manager of the executor. */
  readonly fieldManager?: string;
  /** Whether to take over fields that another manager owns. Default true. */
  readonly force?: boolean;
  /**
   * Whether to remove what other managers add to the object's content, for example a container, a variable or a volume. The reflector of the kind
   * must have `isOwnManager`. Metadata that others add stays. Default false: additions of others stay.
   */
  readonly whole?: boolean;
}

/** Server-side apply of the whole status. Skipped when it would change nothing, when the object is gone, and when another object has its name. */
export interface StatusIntent {
  readonly type: 'status';
  readonly resource: ResourceType;
  /** The object of the status. Its uid prevents a write to a later object of the same name. */
  readonly object: KubeObject;
  readonly status: object;
  readonly fieldManager?: string;
}

/** Creates an object that must never be changed afterwards, for example a generated key. Skipped when the object exists. */
export interface CreateIntent {
  readonly type: 'create';
  readonly resource: ResourceType;
  readonly manifest: KubeManifest;
}

/** Deletes exactly the object that the plan saw, after a live read. */
export interface DeleteIntent {
  readonly type: 'delete';
  readonly resource: ResourceType;
  /** The object as the plan saw it. Only an object with this uid is deleted. */
  readonly object: KubeObject;
  readonly propagation?: 'Background' | 'Foreground' | 'Orphan';
}

/** Writes a Kubernetes event about a transition. A plan gives one when something changed, never for a state that lasts. */
export interface EventIntent {
  readonly type: 'event';
  readonly resource: ResourceType;
  readonly regarding: KubeObject;
  readonly severity: 'Normal' | 'Warning';
  /** One word in CamelCase, for programs. */
  readonly reason: string;
  /** Verb in CamelCase: the action of the controller. */
  readonly action: string;
  readonly note: string;
}

/**
 * Adds or removes one finalizer, by a field manager of its own. The uid makes it a Conflict, not a creation, when the object is gone.
 */
export function finalizerIntent(resource: ResourceType, object: KubeObject, finalizer: string, present: boolean): ApplyIntent {
  const { name, namespace, uid } = object.metadata;
  return {
    type: 'apply',
    resource,
    manifest: {
      apiVersion: resource.apiVersion,
      kind: resource.kind,
      metadata: { name, ...(namespace === undefined ? {} : { namespace }), uid, finalizers: present ? [finalizer] : [] },
    },
    fieldManager: finalizer.replaceAll('/', '-'),
  };
}
