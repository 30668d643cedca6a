/** Status of a KillSwitch: totals over every portfolio in scope, the entry of this operator's namespace, and the steps of each portfolio. Pure. */
import type { ResourceObject } from '@flotilla/contracts/resources/definition.ts';
import type { HaltedPortfolio, KillSwitchSpec, KillSwitchStatus, NamespaceHalt } from '@flotilla/contracts/resources/kill-switch.ts';
import { overrideHint } from '../fleet/deletion-override.ts';
import { describeScope, specProblemsOf, unknownSpecFieldsOf } from '../fleet/kill-switch-scope.ts';
import { type DomainCondition, ready, reconciling, stalled, statusBase, type Verdict } from '../status/standard-conditions.ts';
import { unknownFieldsCondition } from '../status/unknown-fields.ts';
import { namespaceHalt } from './namespace-halt.ts';
import { type PortfolioHalt, portfolioSteps } from './portfolio-steps.ts';

/** Portfolios of one namespace that the status lists, and of all namespaces together, as the CRD bounds it. */
const LISTED_MAX = 256;
const LISTED_IN_ALL_MAX = 1_024;
/** In a message. */
const NAMED_MAX = 8;

export interface KillSwitchObservation {
  readonly object: ResourceObject;
  readonly spec: KillSwitchSpec;
  /** The namespace that this operator serves. */
  readonly namespace: string;
  /** Every portfolio of that namespace in scope. */
  readonly portfolios: readonly PortfolioHalt[];
  /** Portfolios in scope that an operator of another namespace has taken up: how many, by namespace. */
  readonly elsewhere: ReadonlyMap<string, number>;
  /** `<namespace>/<name>` of portfolios that the scope names and that do not exist. */
  readonly unmatched: readonly string[];
}

/** The part that this operator writes: its own entries, and the totals over the entries of every operator. */
export function killSwitchStatus(observation: KillSwitchObservation, nowMs: number): KillSwitchStatus {
  const { object, spec, namespace } = observation;
  const before = object.status as KillSwitchStatus | undefined;
  const deleting = object.metadata.deletionTimestamp !== undefined;
  const held = new Map((before?.portfolios ?? []).map((steps) => [`${steps.namespace}/${steps.name}`, steps]));
  const halts = [...observation.portfolios].sort((a, b) => (a.name < b.name ? -1 : 1));
  const steps = halts.map((halt) => portfolioSteps(halt, spec, deleting, held.get(`${halt.namespace}/${halt.name}`), nowMs));
  const listed = listedSteps(steps, before, namespace);
  const own = namespaceHalt({ namespace, steps, halts, listedCount: listed.length });
  const totals = totalsOf(own, observation);
  const verdict = verdictOf(totals, observation, deleting);
  return {
    ...statusBase(object, verdict, nowMs, [...stepConditions(totals, spec), ...unknownFieldsCondition(unknownSpecFieldsOf(object))]),
    state: deleting ? 'Releasing' : verdict.state === 'Ready' ? 'Engaged' : 'Engaging',
    scope: describeScope(spec),
    portfolioCount: totals.portfolioCount,
    haltedCount: totals.haltedCount,
    ...(totals.omittedCount === 0 ? {} : { omittedCount: totals.omittedCount }),
    ...(totals.slowestMs < 0 ? {} : { gateClosedDurationMsMax: totals.slowestMs }),
    namespaces: [own],
    ...(listed.length === 0 ? {} : { portfolios: listed }),
  };
}

/** As many as there is room for beside those of other namespaces; those that are not halted first, then in the order of names. */
function listedSteps(steps: readonly HaltedPortfolio[], before: KillSwitchStatus | undefined, namespace: string): HaltedPortfolio[] {
  const others = (before?.portfolios ?? []).filter((one) => one.namespace !== namespace).length;
  const room = Math.max(0, Math.min(LISTED_MAX, LISTED_IN_ALL_MAX - others));
  const open = steps.filter(({ phase }) => phase !== 'Halted');
  const chosen = new Set([...open, ...steps.filter(({ phase }) => phase === 'Halted')].slice(0, room));
  return steps.filter((one) => chosen.has(one));
}

interface Totals {
  readonly entries: readonly NamespaceHalt[];
  readonly portfolioCount: number;
  readonly haltedCount: number;
  /** Of which it is unknown how far they are: exec is silent, or no operator has reported. */
  readonly unknownCount: number;
  readonly gatesClosedCount: number;
  readonly ordersCancelledCount: number;
  readonly agentsStoppedCount: number;
  readonly omittedCount: number;
  readonly slowestMs: number;
  /** How many portfolios no operator has reported, by namespace. */
  readonly unreported: readonly (readonly [namespace: string, count: number])[];
}

/** The entry of another operator counts while portfolios of its namespace are in scope; an operator that is gone leaves its entry behind. */
function totalsOf(own: NamespaceHalt, { object, namespace, elsewhere }: KillSwitchObservation): Totals {
  const told = (object.status as KillSwitchStatus | undefined)?.namespaces ?? [];
  const others = told.filter((entry) => entry.namespace !== namespace && elsewhere.has(entry.namespace));
  const entries = [own, ...others].sort((a, b) => (a.namespace < b.namespace ? -1 : 1));
  const unreported = [...elsewhere].flatMap(([name, count]) => {
    const missing = count - (others.find((entry) => entry.namespace === name)?.portfolioCount ?? 0);
    return missing > 0 ? [[name, missing] as const] : [];
  });
  const sum = (of: (entry: NamespaceHalt) => number): number => entries.reduce((total, entry) => total + of(entry), 0);
  const missing = unreported.reduce((total, [, count]) => total + count, 0);
  return {
    entries,
    portfolioCount: sum((entry) => entry.portfolioCount) + missing,
    haltedCount: sum((entry) => entry.haltedCount),
    unknownCount: sum((entry) => entry.unconfirmedCount) + missing,
    gatesClosedCount: sum((entry) => entry.gatesClosedCount),
    ordersCancelledCount: sum((entry) => entry.ordersCancelledCount),
    agentsStoppedCount: sum((entry) => entry.agentsStoppedCount),
    omittedCount: sum((entry) => entry.omittedCount ?? 0) + missing,
    slowestMs: Math.max(-1, ...entries.map((entry) => entry.gateClosedDurationMsMax ?? -1)),
    unreported,
  };
}

/** The first that holds, read top to bottom. */
function verdictOf(totals: Totals, { object, spec, unmatched }: KillSwitchObservation, deleting: boolean): Verdict {
  const { portfolioCount, haltedCount, unknownCount } = totals;
  const counted = `${haltedCount} of ${portfolioCount} portfolios are halted`;
  if (deleting) {
    const hint = unknownCount === 0 ? '' : `; ${overrideHint(object, 'killswitch')}`;
    return reconciling('Releasing', `deleted: the halt ends after exec has confirmed it${missingWords(totals, unmatched)}${hint}`);
  }
  if (portfolioCount === 0) {
    return stalled('NothingInScope', `nothing is halted: no Portfolio is in the scope (${describeScope(spec)})${problemWords(object)}`);
  }
  const away = totals.entries.find(({ reason }) => reason === 'BusUnavailable');
  if (away !== undefined) {
    return reconciling(
      'BusUnavailable',
      `${away.message}; the halt is written when the bus returns, and until then it is unknown what exec does`,
    );
  }
  if (unknownCount > 0 || unmatched.length > 0) {
    return reconciling('HaltPartial', `${counted}${missingWords(totals, unmatched)}${problemWords(object)}`);
  }
  const open = totals.entries.find((entry) => entry.haltedCount < entry.portfolioCount);
  if (open !== undefined) {
    return reconciling(
      open.reason,
      `${counted}; still to come: ${named(namesIn(totals.entries, 'notHalted'), portfolioCount - haltedCount)}${problemWords(object)}`,
    );
  }
  return ready(
    'Halted',
    `${portfolioCount === 1 ? 'the portfolio in scope is halted' : `all ${portfolioCount} portfolios in scope are halted`}${problemWords(object)}`,
  );
}

/** The missing portfolios and namespaces, by name. */
function missingWords(totals: Totals, unmatched: readonly string[]): string {
  const silentCount = totals.entries.reduce((total, { unconfirmedCount }) => total + unconfirmedCount, 0);
  const parts = [
    ...(silentCount === 0
      ? []
      : [
          `exec does not report, so its gate and its open orders are unknown, for ${named(namesIn(totals.entries, 'unconfirmed'), silentCount)}`,
        ]),
    ...totals.unreported.map(([namespace, count]) => `no operator has reported ${count} portfolios of namespace ${namespace}`),
    ...(unmatched.length === 0 ? [] : [`no such Portfolio: ${named(unmatched, unmatched.length)}`]),
  ];
  return parts.map((part) => `; ${part}`).join('');
}

function problemWords(object: ResourceObject): string {
  return specProblemsOf(object)
    .map((problem) => `; ${problem}`)
    .join('');
}

function namesIn(entries: readonly NamespaceHalt[], list: 'notHalted' | 'unconfirmed'): readonly string[] {
  return entries.flatMap((entry) => (entry[list] ?? []).map((name) => `${entry.namespace}/${name}`));
}

function named(names: readonly string[], count: number): string {
  const shown = names.slice(0, NAMED_MAX);
  return `${shown.join(', ')}${count > shown.length ? ` and ${count - shown.length} more` : ''}`;
}

/** The steps of a halt, each over all portfolios in scope. */
function stepConditions(totals: Totals, { mode }: KillSwitchSpec): readonly DomainCondition[] {
  const orders = mode === 'ReduceOnly' ? 'orders that do not reduce' : 'orders';
  return [
    stepCondition('GatesClosed', totals, totals.gatesClosedCount, totals.unknownCount, 'exec has closed its gate'),
    stepCondition(
      'OrdersCancelled',
      totals,
      totals.ordersCancelledCount,
      totals.unknownCount,
      `exec has confirmed twice that no ${orders} are open at the venue`,
    ),
    mode === 'ReduceOnly'
      ? {
          type: 'AgentsStopped',
          status: 'False',
          reason: 'NotAsked',
          message: 'under ReduceOnly agents keep running, because they send the reducing orders',
        }
      : stepCondition(
          'AgentsStopped',
          totals,
          totals.agentsStoppedCount,
          totals.unreported.reduce((total, [, count]) => total + count, 0),
          'no agent has a pod',
        ),
  ];
}

/** Unknown when nothing is known to be missing, and something is not known. */
function stepCondition(type: string, totals: Totals, doneCount: number, unknownCount: number, what: string): DomainCondition {
  const { portfolioCount } = totals;
  if (portfolioCount === 0) return { type, status: 'Unknown', reason: 'NothingInScope', message: 'no Portfolio is in scope' };
  const message = `${what}: ${doneCount} of ${portfolioCount} portfolios`;
  if (doneCount === portfolioCount) return { type, status: 'True', reason: 'Done', message };
  const unknown = unknownCount === 0 ? '' : `, unknown for ${unknownCount}`;
  return doneCount + unknownCount >= portfolioCount
    ? { type, status: 'Unknown', reason: 'Unconfirmed', message: `${message}${unknown}${missingWords(totals, [])}` }
    : { type, status: 'False', reason: 'Waiting', message: `${message}${unknown}` };
}
