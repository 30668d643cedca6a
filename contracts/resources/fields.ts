/** Fields that several resources share. Each refinement has a twin that the API server evaluates, or the generator refuses it. */
import { z } from 'zod';
import { DECIMAL_SIGNIFICANT_DIGITS_MAX } from '../values/limits.ts';
import type { CelRule } from './definition.ts';
import { nonNegativeDecimal, objectName, positiveDecimal, timestamp } from '../values/scalars.ts';

const fewDigits = new RegExp(`^0*[0-9]{1,${DECIMAL_SIGNIFICANT_DIGITS_MAX}}$`);
const fewDigitsRule = {
  rule: `self.replace('.', '').matches('${fewDigits.source}')`,
  message: `at most ${DECIMAL_SIGNIFICANT_DIGITS_MAX} significant digits`,
} as const;
/** The rule by which the API server judges the text of an amount, beside its pattern. */
export const amountText = fewDigitsRule;
export const hasFewDigits = (text: string): boolean => fewDigits.test(text.replace('.', ''));

/** A positive amount of money, quantity or ratio as text, at most 15 significant digits. */
export const positiveAmount = positiveDecimal
  .refine(hasFewDigits, { error: fewDigitsRule.message })
  .meta({ 'x-kubernetes-validations': [fewDigitsRule] });

/** Zero or more, otherwise as {@link positiveAmount}. */
export const amount = nonNegativeDecimal
  .refine(hasFewDigits, { error: fewDigitsRule.message })
  .meta({ 'x-kubernetes-validations': [fewDigitsRule] });

/** Text for people: the API server counts code points, JavaScript counts code units, so the bound counts code points here too. */
export function freeText(codePointsMax: number): z.ZodString {
  return z
    .string()
    .min(1)
    .refine((text) => Array.from(text).length <= codePointsMax, { error: `at most ${codePointsMax} characters` })
    .meta({ maxLength: codePointsMax });
}

/**
 * A list in which the keys of no two items are the same: server-side apply merges it item by item, and the API server refuses duplicates. An
 * absent key equals an absent one.
 */
export function listMap<Item extends z.ZodObject>(
  item: Item,
  keys: readonly (keyof z.infer<Item> & string)[],
  itemsMax: number,
  itemsMin = 0,
): z.ZodArray<Item> {
  const identity = (value: z.infer<Item>): string => JSON.stringify(keys.map((key) => value[key] ?? null));
  return bounded(item, itemsMin, itemsMax)
    .refine((items) => new Set(items.map(identity)).size === items.length, {
      error: `expected no two items with the same ${keys.join(' and ')}`,
    })
    .meta({ 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': [...keys] });
}

/** A list of texts without duplicates. */
export function listSet(item: z.ZodString, itemsMax: number, itemsMin = 0): z.ZodArray<z.ZodString> {
  return bounded(item, itemsMin, itemsMax)
    .refine((items) => new Set(items).size === items.length, { error: 'expected no item twice' })
    .meta({ 'x-kubernetes-list-type': 'set' });
}

/** A rule over several fields: what the API server evaluates, and its twin here. */
export interface CrossRule<Value> {
  readonly cel: CelRule;
  readonly holds: (value: Value) => boolean;
}

/** An object whose fields have to agree with each other. Transition rules come in `transitions`: there is nothing to compare with here. */
export function withRules<Schema extends z.ZodType>(
  schema: Schema,
  rules: readonly CrossRule<z.infer<Schema>>[],
  transitions: readonly CelRule[] = [],
): Schema {
  const refined = rules.reduce<Schema>((one, { cel, holds }) => one.refine(holds, { error: cel.message }), schema);
  return refined.meta({ 'x-kubernetes-validations': [...rules.map(({ cel }) => cel), ...transitions] });
}

/** A smallest length of 0 is none: the generated schema stays as short as the rule. */
function bounded<Item extends z.ZodType>(item: Item, itemsMin: number, itemsMax: number): z.ZodArray<Item> {
  const list = z.array(item).max(itemsMax);
  return itemsMin > 0 ? list.min(itemsMin) : list;
}

export const localReference = z.strictObject({ name: objectName.describe('Name of the object, in the same namespace.') });

const conditionSchema = z.strictObject({
  type: z
    .string()
    .min(1)
    .max(63)
    .regex(/^[A-Za-z0-9]+$/)
    .describe('Type of the condition: Ready, Reconciling, Stalled, or a type of this kind.'),
  status: z
    .enum(['True', 'False', 'Unknown'])
    .describe('True: the condition holds. False: the condition does not hold. Unknown: the operator cannot tell.'),
  observedGeneration: z.int().min(0).max(Number.MAX_SAFE_INTEGER).describe('Generation of the spec that the condition is about.'),
  lastTransitionTime: timestamp.describe('Time of the last change of `status`, RFC 3339.'),
  reason: z
    .string()
    .min(1)
    .max(63)
    .regex(/^[A-Za-z]+$/)
    .describe('Reason in one word, for programs.'),
  message: z
    .string()
    .max(1_024)
    .meta({ maxLength: 1_024 })
    .describe('Reason in a sentence, for people: the cause, the object, and the next step.'),
});
export type Condition = z.infer<typeof conditionSchema>;

/**
 * `observedGeneration` of an object that no operator has seen. Every status begins with this value, as with Flux, because kstatus takes an
 * object without a status for done.
 */
export const UNSEEN_GENERATION = -1;

/** Status of an object that no operator has seen. The CRD gives every new object this default. */
export const UNSEEN_STATUS = {
  observedGeneration: UNSEEN_GENERATION,
  conditions: [
    { type: 'Ready', status: 'Unknown' },
    { type: 'Reconciling', status: 'True' },
    { type: 'Stalled', status: 'Unknown' },
  ].map((condition) => ({
    ...condition,
    observedGeneration: 0,
    lastTransitionTime: '1970-01-01T00:00:00Z',
    reason: 'Pending',
    message: 'waits for the operator',
  })),
} as const;

/** Every status begins with these. */
export const statusShape = {
  observedGeneration: z
    .int()
    .min(UNSEEN_GENERATION)
    .max(Number.MAX_SAFE_INTEGER)
    .optional()
    .describe('Generation of the spec that this status is about. The value -1 means that no operator has seen the object yet.'),
  conditions: listMap(conditionSchema, ['type'], 16)
    .optional()
    .describe(
      'Conditions of the object. Ready: the object works as its spec says. Reconciling: the operator works on the object. Stalled: a person has to change something first.',
    ),
} as const;

/** Name of a KillSwitch in a status; empty for none. */
export const killSwitchName = z
  .string()
  .max(253)
  .regex(/^[a-z0-9.-]*$/);
