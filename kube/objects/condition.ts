/** Conditions of an object's status, and how they change. Pure. */
import { metaTime } from './meta-time.ts';

/** `metav1.Condition`. */
export interface Condition {
  readonly type: string;
  readonly status: 'True' | 'False' | 'Unknown';
  /** The `metadata.generation` that the condition describes. */
  readonly observedGeneration: number;
  /** Time of the last change of `status`, RFC 3339 with seconds. */
  readonly lastTransitionTime: string;
  /** One word in CamelCase, for programs. */
  readonly reason: string;
  /** Text for people: what is missing, which object blocks, what happens next. */
  readonly message: string;
}

export type ConditionInput = Omit<Condition, 'lastTransitionTime'>;

/** Kubernetes' limit for a condition's message. */
export const CONDITION_MESSAGE_LENGTH_MAX = 32_768;

/**
 * The conditions with `input` in place of the condition of the same type, or at the end. Keeps `lastTransitionTime` unless `status` changed.
 * Returns the same array when nothing changed.
 */
export function setCondition(conditions: readonly Condition[], input: ConditionInput, nowMs: number): readonly Condition[] {
  const held = conditions.find(({ type }) => type === input.type);
  const lastTransitionTime = held?.status === input.status ? held.lastTransitionTime : metaTime(nowMs);
  const next: Condition = { ...input, message: input.message.slice(0, CONDITION_MESSAGE_LENGTH_MAX), lastTransitionTime };
  if (held === undefined) return [...conditions, next];
  if (sameCondition(held, next)) return conditions;
  return conditions.map((condition) => (condition === held ? next : condition));
}

/** Sets each of `inputs` and drops conditions of other types, because a controller writes the whole list that it owns. */
export function mergeConditions(held: readonly Condition[], inputs: readonly ConditionInput[], nowMs: number): readonly Condition[] {
  const types = new Set(inputs.map(({ type }) => type));
  const kept: readonly Condition[] = held.filter(({ type }) => types.has(type));
  return inputs.reduce((conditions, input) => setCondition(conditions, input, nowMs), kept);
}

function sameCondition(left: Condition, right: Condition): boolean {
  return (
    left.status === right.status &&
    left.reason === right.reason &&
    left.message === right.message &&
    left.observedGeneration === right.observedGeneration
  );
}
