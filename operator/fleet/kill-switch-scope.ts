/** Reads the scope of a KillSwitch from a spec that any version may have written. For all code that halts. Pure. */
import { unreachable } from '@flotilla/contracts/errors/assert.ts';
import { readRecord } from '@flotilla/contracts/records/read-record.ts';
import type { ResourceObject } from '@flotilla/contracts/resources/definition.ts';
import { type KillSwitchSpec, killSwitchSpecSchema } from '@flotilla/contracts/resources/kill-switch.ts';

/** A spec that this build cannot read as a whole still halts: each field that cannot be read counts as the tightest. */
const TIGHTEST: KillSwitchSpec = {
  scope: { type: 'All' },
  mode: 'CancelAndHold',
  reason: 'the operator could not read the reason in this KillSwitch',
};
const FIELDS = killSwitchSpecSchema.shape;
const SCOPE_TEXT_LENGTH_MAX = 128;

interface SpecReading {
  readonly spec: KillSwitchSpec;
  /** Fields that this build cannot read, and what it takes instead; empty when it can read everything. */
  readonly problems: readonly string[];
  /** `spec.colour`: fields that this build does not know. */
  readonly unknownFields: readonly string[];
}

/** Keyed by spec object, which a cache keeps while the spec stays equal. A halt over many portfolios asks many times. */
const readings = new WeakMap<object, SpecReading>();

export function killSwitchSpecOf(object: ResourceObject): KillSwitchSpec {
  return readingOf(object).spec;
}

/** For people: which fields of the spec could not be read, and what counts instead. */
export function specProblemsOf(object: ResourceObject): readonly string[] {
  return readingOf(object).problems;
}

/** Fields of the spec that this build does not know and ignores. */
export function unknownSpecFieldsOf(object: ResourceObject): readonly string[] {
  return readingOf(object).unknownFields;
}

function readingOf({ spec }: ResourceObject): SpecReading {
  if (typeof spec !== 'object' || spec === null)
    return { spec: TIGHTEST, problems: ['spec cannot be read: everything is halted'], unknownFields: [] };
  const held = readings.get(spec);
  if (held !== undefined) return held;
  const reading = readSpec(spec);
  readings.set(spec, reading);
  return reading;
}

function readSpec(spec: object): SpecReading {
  const whole = readRecord(killSwitchSpecSchema, spec);
  if (whole.ok) return { spec: whole.value, problems: [], unknownFields: whole.unknownFields.map((path) => `spec.${path}`) };
  const fields = spec as Readonly<Record<string, unknown>>;
  const scope = readRecord(FIELDS.scope, fields['scope']);
  const mode = readRecord(FIELDS.mode, fields['mode']);
  const reason = readRecord(FIELDS.reason, fields['reason']);
  return {
    spec: {
      scope: scope.ok ? scope.value : TIGHTEST.scope,
      mode: mode.ok ? mode.value : TIGHTEST.mode,
      reason: reason.ok ? reason.value : TIGHTEST.reason,
    },
    problems: [
      ...(scope.ok ? [] : ['spec.scope cannot be read: every portfolio is halted']),
      ...(mode.ok ? [] : [`spec.mode cannot be read: ${TIGHTEST.mode} counts`]),
      ...(reason.ok ? [] : ['spec.reason cannot be read']),
    ],
    unknownFields: [],
  };
}

export function isInScope({ scope }: KillSwitchSpec, namespace: string, portfolio: string): boolean {
  switch (scope.type) {
    case 'All':
      return true;
    case 'Namespaces':
      return scope.namespaces?.includes(namespace) ?? false;
    case 'Portfolios':
      return scope.portfolios?.some((one) => one.namespace === namespace && one.name === portfolio) ?? false;
    default:
      return unreachable(scope.type);
  }
}

/** True when the scope names the namespace, whether or not a portfolio is there: the operator that serves it answers for that part of the halt. */
export function concernsNamespace({ scope }: KillSwitchSpec, namespace: string): boolean {
  return scope.type === 'Portfolios'
    ? (scope.portfolios ?? []).some((one) => one.namespace === namespace)
    : scope.type === 'All' || (scope.namespaces ?? []).includes(namespace);
}

/** The scope in words, for the column of `kubectl get`. */
export function describeScope({ scope }: KillSwitchSpec): string {
  const names =
    scope.type === 'Namespaces' ? (scope.namespaces ?? []) : (scope.portfolios ?? []).map(({ namespace, name }) => `${namespace}/${name}`);
  const text = scope.type === 'All' ? 'all portfolios' : `${scope.type.toLowerCase()} ${names.join(', ')}`;
  return text.length <= SCOPE_TEXT_LENGTH_MAX ? text : `${text.slice(0, SCOPE_TEXT_LENGTH_MAX - 3)}...`;
}
