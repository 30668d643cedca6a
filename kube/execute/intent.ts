/** What a plan wants done, as plain data for the executor. */
import type { KubeManifest, KubeObject } from '../objects/kube-object.ts';
import type { ResourceType } from '../objects/resource-type.ts';

/** What a plan wants done. Plain data: a plan is pure, `execute` is generic. */
export type Intent = ApplyIntent | StatusIntent | CreateIntent | DeleteIntent | EventIntent;

/** Server-side apply; skipped when it would change nothing. */
export interface ApplyIntent {
  readonly type: 'apply';
  readonly resource: ResourceType;
  readonly manifest: KubeManifest;
  /** Default: the executor's. One per concern. */
  readonly fieldManager?: string;
  /** Default true. */
  readonly force?: boolean;
  /**
   * Removes what other managers add to the object's content, for example a container, a variable or a volume. The caches of the executor must
   * know our managers (`isOwnManager` of the reflector). Metadata stays open to everybody. Default false: additions of others stay.
   */
  readonly whole?: boolean;
}

/** Server-side apply of the whole status; skipped when it would change nothing, nothing happens when the object is gone or another one has its name. */
export interface StatusIntent {
  readonly type: 'status';
  readonly resource: ResourceType;
  /** The object whose status it is; its uid guards against writing to a namesake. */
  readonly object: KubeObject;
  readonly status: object;
  readonly fieldManager?: string;
}

/** Creates what must never be changed afterwards (a generated key); nothing happens when it is there. */
export interface CreateIntent {
  readonly type: 'create';
  readonly resource: ResourceType;
  readonly manifest: KubeManifest;
}

/** Deletes exactly the object that the plan saw, after a live read. */
export interface DeleteIntent {
  readonly type: 'delete';
  readonly resource: ResourceType;
  /** As the plan saw it: only an object with this uid is deleted. */
  readonly object: KubeObject;
  readonly propagation?: 'Background' | 'Foreground' | 'Orphan';
}

/** Tells people about a transition. A plan gives one when something changed, never for a state that lasts. */
export interface EventIntent {
  readonly type: 'event';
  readonly resource: ResourceType;
  readonly regarding: KubeObject;
  readonly severity: 'Normal' | 'Warning';
  /** CamelCase, for programs. */
  readonly reason: string;
  /** CamelCase verb: what the controller did. */
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
