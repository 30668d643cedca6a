/** The form of the tables of condition reasons. Pure. */

/** Condition types, each with its meaning. Every object has the first three. */
export const CONDITION_TYPES = {
  Ready: 'The object works as its spec says.',
  Reconciling: 'The operator or a pod works on the object. The state passes without help.',
  Stalled: 'A person has to change something first.',
  Trading: 'Portfolio and Strategy: exec accepts orders.',
  PoliciesSettled: 'Portfolio: every exec that reports runs the same limits of each RiskPolicy of the Portfolio.',
  Delivered: 'RiskPolicy: the exec of every user runs the newest limits.',
  SecretFound: 'SignalSource: the gateway has read the secret of the source.',
  GatewayReady: 'SignalSource: the gateway runs with the newest settings of all sources, and reports.',
  PodTemplateInForce: 'SignalSource: the pods of the gateway follow the podTemplate of this source. Absent without a podTemplate.',
  RowsUsable: 'SignalSource: the gateway can replay each row of the datasets. Absent for sources of webhooks.',
  GatesClosed: 'KillSwitch: exec has closed its gate, for every portfolio in scope.',
  OrdersCancelled: 'KillSwitch: exec has confirmed twice that no order is open, for every portfolio in scope.',
  AgentsStopped: 'KillSwitch: no agent has a pod, for every portfolio in scope.',
  PermissionsEnforced:
    'Portfolio and Strategy: the prober is denied what the principal may not do at the bus and at the API server, and its pod reaches no forbidden address. Absent before the first probe.',
  SpecUnderstood: 'Every kind: the operator knows every field of the spec. Absent while it does.',
} as const;

export type ConditionType = keyof typeof CONDITION_TYPES;
export type ConditionStatus = 'True' | 'False' | 'Unknown';

/**
 * Where a reason stands. A word alone is a verdict and stands for two conditions: `Reconciling` is Ready=False with Reconciling=True, `Stalled` is
 * Ready=False with Stalled=True. `Ready` is Ready=True.
 */
export type Place = 'Ready' | 'Reconciling' | 'Stalled' | `${ConditionType}=${ConditionStatus}`;

export interface ReasonEntry {
  readonly places: readonly Place[];
  /** The meaning of the reason, in one sentence. */
  readonly means: string;
  /** The next step of a person who reads the reason. */
  readonly toDo: string;
}

export function reason(places: readonly Place[], means: string, toDo: string): ReasonEntry {
  return { places, means, toDo };
}

const VERDICTS: Readonly<Partial<Record<Place, readonly Place[]>>> = {
  Ready: ['Ready=True'],
  Reconciling: ['Ready=False', 'Reconciling=True'],
  Stalled: ['Ready=False', 'Stalled=True'],
};

/** The conditions with their status, `Ready=False`. */
export function conditionsOf({ places }: ReasonEntry): readonly Place[] {
  return [...new Set(places.flatMap((place) => VERDICTS[place] ?? [place]))];
}
