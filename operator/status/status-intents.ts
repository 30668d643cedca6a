/** Makes the write of a status, and an event when the object becomes Ready, is Ready no longer, or is Stalled for a new reason. Pure. */
import type { Condition } from '@flotilla/contracts/resources/fields.ts';
import type { ResourceObject } from '@flotilla/contracts/resources/definition.ts';
import type { Intent, ResourceType } from '@flotilla/kube/mod.ts';
import { conditionsBefore } from './standard-conditions.ts';
import { SPEC_UNDERSTOOD } from './unknown-fields.ts';

interface StatusWithConditions {
  readonly conditions?: readonly Condition[] | undefined;
}

/** An object makes an event when it becomes Ready, when it is Ready no longer, and when it is Stalled for a new reason. Steps on the way make none. */
export function statusIntents(
  resource: ResourceType,
  object: ResourceObject,
  status: StatusWithConditions & Readonly<Record<string, unknown>>,
): readonly Intent[] {
  const before = conditionsBefore(object);
  const now = status.conditions ?? [];
  const write: Intent = { type: 'status', resource, object, status };
  return [write, ...verdictEvent(resource, object, before, now), ...unknownFieldsEvent(resource, object, before, now)];
}

function verdictEvent(
  resource: ResourceType,
  object: ResourceObject,
  before: readonly Condition[],
  now: readonly Condition[],
): readonly Intent[] {
  const stalled = changed('Stalled', before, now);
  if (stalled?.status === 'True') return [eventOf(resource, object, stalled, 'Warning')];
  const ready = changed('Ready', before, now);
  // The first visit of an object that is on its way makes no event.
  if (ready === undefined || (ready.status !== 'True' && before.length === 0)) return [];
  return [eventOf(resource, object, ready, 'Normal')];
}

/** Warns once of each set of fields that the operator ignores. */
function unknownFieldsEvent(
  resource: ResourceType,
  object: ResourceObject,
  before: readonly Condition[],
  now: readonly Condition[],
): readonly Intent[] {
  const is = now.find(({ type }) => type === SPEC_UNDERSTOOD);
  const was = before.find(({ type }) => type === SPEC_UNDERSTOOD);
  return is === undefined || is.message === was?.message ? [] : [eventOf(resource, object, is, 'Warning')];
}

/** The condition if its status has changed, or if it holds for another reason than before; undefined otherwise. */
function changed(type: string, before: readonly Condition[], now: readonly Condition[]): Condition | undefined {
  const was = before.find((condition) => condition.type === type);
  const is = now.find((condition) => condition.type === type);
  if (is === undefined || (was?.status === is.status && (is.status !== 'True' || was.reason === is.reason))) return undefined;
  return is;
}

function eventOf(
  resource: ResourceType,
  regarding: ResourceObject,
  { reason, message }: Condition,
  severity: 'Normal' | 'Warning',
): Intent {
  return { type: 'event', resource, regarding, severity, reason, action: 'Reconcile', note: message };
}
