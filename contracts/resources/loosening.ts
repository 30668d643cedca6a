/**
 * Loosening a limit needs a word: rules that the API server holds each change of a RiskPolicy against (ADR 0023).
 *
 * Amounts are compared as doubles, which keep the order of all decimals of at most 15 significant digits.
 */
import { z } from 'zod';
import type { CelRule } from './definition.ts';
import { amountText, freeText, hasFewDigits, listMap } from './fields.ts';

/** Every limit of a RiskPolicy; of each of them a higher value is looser. `optional`: absent means no limit. */
export const LIMITS = [
  { path: 'order.maxNotional', type: 'amount', optional: false },
  { path: 'order.maxQuantity', type: 'amount', optional: true },
  { path: 'order.priceCollarBps', type: 'count', optional: false },
  { path: 'order.maxMessagesPerSecond', type: 'count', optional: false },
  { path: 'position.maxNotional', type: 'amount', optional: false },
  { path: 'position.maxQuantity', type: 'amount', optional: true },
  { path: 'portfolio.maxGrossNotional', type: 'amount', optional: false },
  { path: 'portfolio.maxLeverage', type: 'amount', optional: true },
  { path: 'portfolio.maxDailyLoss', type: 'amount', optional: false },
] as const;
export type Limit = (typeof LIMITS)[number];
export type LimitPath = Limit['path'];

/** The value of an acknowledgement that takes an optional limit away. */
const NONE = 'none';
const REASON_LENGTH_MAX = 256;

const toPattern = /^(none|0\.[0-9]*[1-9][0-9]*|[1-9][0-9]*(\.[0-9]+)?)$/;
const toRule = { rule: `self == 'none' || ${amountText.rule}`, message: amountText.message } as const;

export const acknowledgedLoosening = listMap(
  z.strictObject({
    limit: z.enum(LIMITS.map(({ path }) => path)).describe('Path of the limit in the spec, for example order.maxNotional.'),
    to: z
      .string()
      .min(1)
      .max(32)
      .regex(toPattern)
      .refine((text) => text === NONE || hasFewDigits(text), { error: toRule.message })
      .meta({ 'x-kubernetes-validations': [toRule] })
      .describe('New, looser value as text, for example "80000". The text none removes an optional limit.'),
    reason: freeText(REASON_LENGTH_MAX).optional().describe('Reason of the change, or the person who agreed to the change.'),
  }),
  ['limit'],
  LIMITS.length,
);

/** One rule per limit, on the spec: the limit does not rise, or an acknowledgement of this very value came with this very change. */
export function looseningRules(): readonly CelRule[] {
  return LIMITS.map(({ path, type, optional }) => {
    const self = `self.${path}`;
    const before = `oldSelf.${path}`;
    const notLooser = optional
      ? `!has(${before}) || (has(${self}) && double(${self}) <= double(${before}))`
      : `double(${self}) <= double(${before})`;
    const sameValue = `a.to != '${NONE}' && double(a.to) == double(${self})`;
    const covers = optional ? `(has(${self}) ? ${sameValue} : a.to == '${NONE}')` : sameValue;
    const isNew = '(!has(oldSelf.acknowledgedLoosening) || !oldSelf.acknowledgedLoosening.exists(b, b == a))';
    const acknowledged = `has(self.acknowledgedLoosening) && self.acknowledgedLoosening.exists(a, a.limit == '${path}' && ${covers} && ${isNew})`;
    const text = (value: string): string => (type === 'count' ? digitsOf(value) : value);
    const found = optional ? `(has(${self}) ? ${text(self)} : '${NONE}')` : text(self);
    const was = optional ? `(has(${before}) ? ${text(before)} : '${NONE}')` : text(before);
    return {
      rule: `${notLooser} || (${acknowledged})`,
      message: `${path} is loosened without an acknowledgement of its new value in spec.acknowledgedLoosening`,
      messageExpression: `'${path} is loosened from ' + ${was} + ': add {limit: ${path}, to: "' + ${found} + '"} to spec.acknowledgedLoosening in the same change (an acknowledgement that was there before does not count: give it another reason); a tightening needs none'`,
    };
  });
}

/** Digits of the largest count. */
const COUNT_DIGITS_MAX = 5;

/** A count as text, digit by digit: of `string()` the API server knows no bound, and refuses it for its cost. */
function digitsOf(value: string): string {
  const digits = Array.from({ length: COUNT_DIGITS_MAX }, (_, index) => {
    const unit = 10 ** (COUNT_DIGITS_MAX - 1 - index);
    const digit = `${value} / ${unit} % 10`;
    const text = `'0123456789'.substring(${digit}, ${digit} + 1)`;
    return unit === 1 ? text : `(${value} >= ${unit} ? ${text} : '')`;
  });
  return digits.join(' + ');
}

/**
 * The way around a policy's own rules: naming another policy. For the whole object, because the change is judged against
 * `status.riskPolicyInForce`, the policy whose limits were delivered last; before the operator has written it, against the former spec.
 *
 * So a name that never came into force, for example a misspelt one, is changed and taken back without an acknowledgement.
 *
 * @param optional the reference may be absent; naming a policy where none was in force only tightens
 */
export function policyChangeRule({ optional }: { readonly optional: boolean }): CelRule {
  const nameIn = (spec: string): string =>
    optional ? `(has(${spec}.riskPolicyRef) ? ${spec}.riskPolicyRef.name : '')` : `${spec}.riskPolicyRef.name`;
  const now = nameIn('self.spec');
  const before = nameIn('oldSelf.spec');
  const inForce = `(has(oldSelf.status) && has(oldSelf.status.riskPolicyInForce) ? oldSelf.status.riskPolicyInForce : ${before})`;
  const ack = 'self.spec.acknowledgedPolicyChange';
  const oldAck = 'oldSelf.spec.acknowledgedPolicyChange';
  const to = optional ? `(has(${ack}.to) ? ${ack}.to : '')` : `${ack}.to`;
  const isNew = `(!has(${oldAck}) || ${oldAck} != ${ack})`;
  const unchanged = `${now} == ${before} || ${inForce} == '' || ${now} == ${inForce}`;
  const wanted = optional ? `(${now} == '' ? '}' : ', to: ' + ${now} + '}')` : `', to: ' + ${now} + '}'`;
  const found = optional ? `(${now} == '' ? 'nothing' : ${now})` : now;
  return {
    rule: `${unchanged} || (has(${ack}) && ${ack}.from == ${inForce} && ${to} == ${now} && ${isNew})`,
    message: 'riskPolicyRef is changed without spec.acknowledgedPolicyChange',
    messageExpression: `'riskPolicyRef is changed from ' + ${inForce} + ' to ' + ${found} + ', which may be looser: add acknowledgedPolicyChange: {from: ' + ${inForce} + ${wanted} + ' to the spec in the same change (an acknowledgement that was there before does not count: give it another reason)'`,
  };
}

/** Field of the status of Portfolio and Strategy that {@link policyChangeRule} reads. */
export const riskPolicyInForce = z
  .string()
  .max(253)
  .regex(/^[a-z0-9.-]*$/);
