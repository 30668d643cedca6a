/** Makes the conditions Ready, Reconciling and Stalled from one verdict, so that they never contradict each other (kstatus). */
import { type Condition, CONDITION_MESSAGE_LENGTH_MAX, type ConditionInput, mergeConditions } from '@flotilla/kube/objects/condition.ts';
import type { KubeObject } from '@flotilla/kube/objects/kube-object.ts';
import type { Reason } from '@flotilla/contracts/conditions/condition-reasons.ts';
import { type Condition as StatusCondition, UNSEEN_GENERATION } from '@flotilla/contracts/resources/fields.ts';

/** As the CRDs bound it. */
const MESSAGE_LENGTH_MAX = Math.min(1_024, CONDITION_MESSAGE_LENGTH_MAX);

/**
 * Ready: the object works as its spec says. Reconciling: the operator or a pod works on it; it passes by itself. Stalled: a person has to change
 * something first.
 */
export interface Verdict {
  readonly state: 'Ready' | 'Reconciling' | 'Stalled';
  readonly reason: Reason;
  readonly message: string;
}

export function ready(reason: Reason, message: string): Verdict {
  return { state: 'Ready', reason, message };
}
export function reconciling(reason: Reason, message: string): Verdict {
  return { state: 'Reconciling', reason, message };
}
export function stalled(reason: Reason, message: string): Verdict {
  return { state: 'Stalled', reason, message };
}

/** A type instead of an interface, so that it fits a plain record. */
export type StatusBase = { observedGeneration: number; conditions: StatusCondition[] };

/** A condition of one kind, which follows the three of every kind. */
export type DomainCondition = Omit<ConditionInput, 'observedGeneration' | 'reason'> & {
  readonly reason: Reason;
};

/** @param more conditions of the kind itself */
export function statusBase(object: KubeObject, verdict: Verdict, nowMs: number, more: readonly DomainCondition[] = []): StatusBase {
  const observedGeneration = object.metadata.generation ?? 0;
  const inputs = [...conditionsOf(verdict), ...more].map((input) => ({
    ...input,
    message: input.message.slice(0, MESSAGE_LENGTH_MAX),
    observedGeneration,
  }));
  const conditions = mergeConditions(conditionsBefore(object), inputs, nowMs).map((condition) => ({ ...condition, observedGeneration }));
  return { observedGeneration, conditions };
}

/** Conditions that an operator has written; none for a new object, which carries the defaults of its CRD. */
export function conditionsBefore(object: KubeObject): readonly Condition[] {
  return isUnseen(object) ? [] : (statusOf(object).conditions ?? []);
}

/** No operator has written a status of the object. */
export function isUnseen(object: KubeObject): boolean {
  const { observedGeneration = UNSEEN_GENERATION } = statusOf(object);
  return observedGeneration === UNSEEN_GENERATION;
}

function statusOf(object: KubeObject): Partial<StatusBase> {
  return (object as { readonly status?: Partial<StatusBase> }).status ?? {};
}

function conditionsOf({ state, reason, message }: Verdict): readonly DomainCondition[] {
  return [
    { type: 'Ready', status: state === 'Ready' ? 'True' : 'False', reason, message },
    state === 'Reconciling'
      ? { type: 'Reconciling', status: 'True', reason, message }
      : { type: 'Reconciling', status: 'False', reason: 'Idle', message: '' },
    state === 'Stalled'
      ? { type: 'Stalled', status: 'True', reason, message }
      : { type: 'Stalled', status: 'False', reason: 'NotStalled', message: '' },
  ];
}
