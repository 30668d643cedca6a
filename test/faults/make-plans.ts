/**
 * All plans for a catalogue, in an order that a seed decides. Pure.
 *
 * Families take turns, so that a small number of plans holds every kind of fault; a family that is exhausted drops out, and when all are,
 * plans with several faults at random follow without end.
 */
import { makeSequence } from '@flotilla/contracts/testing/seeded-sequence.ts';
import type { Catalogue, WritePoint } from './catalogue.ts';
import type { EventFault, Fault, FaultPlan, RequestFault } from './plan.ts';
import { type ScenarioName, SCENARIOS } from './scenarios.ts';

type Family = readonly FaultPlan[];

const SCENARIO_NAMES = Object.keys(SCENARIOS) as readonly ScenarioName[];
/** Kinds of refusal. Each one is tried at reads and at writes. */
const REFUSALS = [
  { statusCode: 401, times: 3 },
  { statusCode: 409, times: 2 },
  { statusCode: 410, times: 2 },
  { statusCode: 429, times: 2 },
  { statusCode: 429, times: 2, retryAfterSeconds: 1 },
  { statusCode: 500, times: 3 },
  { statusCode: 503, times: 3 },
  { statusCode: 503, times: 1, retryAfterSeconds: 1 },
] as const;

export function* makePlans(seed: number, catalogue: Catalogue): Generator<FaultPlan, never> {
  const next = makeSequence(seed);
  const families = familiesOf(catalogue, next).map((family) => shuffled(family, next));
  const longest = Math.max(...families.map((family) => family.length));
  for (let turn = 0; turn < longest; turn += 1) {
    for (const family of families) {
      const plan = family[turn];
      if (plan !== undefined) yield plan;
    }
  }
  const all = families.flat();
  for (;;) {
    const scenario = pick(SCENARIO_NAMES, next);
    const candidates = all.filter((plan) => plan.scenario === scenario);
    const count = 2 + Math.floor(next() * 3);
    yield { scenario, faults: Array.from({ length: count }, () => pick(candidates, next)).flatMap(({ faults }) => faults) };
  }
}

/** Plans with one fault at each point, without the plans of several random faults. */
export function countOfSinglePlans(catalogue: Catalogue): number {
  return familiesOf(catalogue, makeSequence(0)).flat().length;
}

function familiesOf(catalogue: Catalogue, next: () => number): readonly Family[] {
  const writes = freshWrites(catalogue);
  const each = (make: (point: WritePoint) => RequestFault): Family =>
    writes.map(({ scenario, point }) => ({ scenario, faults: [make(point)] }));
  const some = (share: number, make: (point: WritePoint) => RequestFault): Family => each(make).filter(() => next() < share);
  const children = writes.filter(({ point }) => CHILD.test(point.what));
  return [
    each((point) => ({ ...point, kind: 'crash', side: 'before' })),
    each((point) => ({ ...point, kind: 'crash', side: 'after' })),
    some(0.4, (point) => ({ ...point, kind: 'lost' })),
    some(0.1, (point) => ({ ...point, kind: 'reset' })),
    some(0.06, (point) => ({ ...point, kind: 'truncated' })),
    some(0.05, (point) => ({ ...point, kind: 'half-open', ms: 1_500, delivered: next() < 0.5 })),
    some(0.2, (point) => ({ ...point, kind: 'relist', side: next() < 0.5 ? 'before' : 'after' })),
    some(0.05, (point) => ({ ...point, kind: 'outage', statusCode: pick([500, 503, 429, 401], next), ms: 1_500 })),
    refusals(writes, next),
    children.flatMap(({ scenario, point }) =>
      (['object', 'owner'] as const).map((target) => ({
        scenario,
        faults: [{ ...point, kind: 'recreate', side: next() < 0.5 ? 'before' : 'after', target } as const],
      })),
    ),
    writes
      .filter(({ point }) => PARENT_STATUS.test(point.what))
      .map(({ scenario, point }) => ({
        scenario,
        faults: [{ ...point, kind: 'recreate', side: next() < 0.5 ? 'before' : 'after', target: 'object' } as const],
      })),
    reads(catalogue, next),
    ...eventFamilies(catalogue, next),
    staleReads(catalogue, next),
    lateSwitches(catalogue),
  ];
}

/** Read live: before a delete. */
const LIVE_READS = new Set(['deployments']);
const CHILD = /^(apply|create) (deployments|serviceaccounts|networkpolicies|configmaps|services|secrets)\//;
const PARENT_STATUS = /^apply (portfolios|strategies|killswitches|riskpolicies|signalsources)\/[^/]+\/status$/;

/** The common beginning of the scenarios gets its faults in one scenario only. */
function freshWrites(catalogue: Catalogue): readonly { readonly scenario: ScenarioName; readonly point: WritePoint }[] {
  const seen = new Set<string>();
  return SCENARIO_NAMES.flatMap((scenario) =>
    catalogue[scenario].writes.flatMap((point) => {
      const key = `${point.what} #${point.nth}`;
      const isBeginning = point.nth === 1 && seen.has(key);
      seen.add(key);
      return isBeginning ? [] : [{ scenario, point }];
    }),
  );
}

function refusals(writes: readonly { readonly scenario: ScenarioName; readonly point: WritePoint }[], next: () => number): Family {
  const kinds = new Map(writes.map((write) => [write.point.what.replace(/\/.*?(\/status)?$/, '$1'), write]));
  return [...kinds.values()].flatMap(({ scenario, point }) =>
    REFUSALS.filter(() => next() < 0.4).map((refusal) => ({ scenario, faults: [{ ...point, ...refusal, kind: 'refused' } as const] })),
  );
}

/** The first lists and watches of a process, and its live reads. */
function reads(catalogue: Catalogue, next: () => number): Family {
  return SCENARIO_NAMES.flatMap((scenario) =>
    Object.keys(catalogue[scenario].events).flatMap((resource) => {
      const whats = [
        `list ${resource}`,
        `watch ${resource}`,
        ...(scenario === 'trade' && LIVE_READS.has(resource) ? [`get ${resource}`] : []),
      ];
      return whats.map((what) => ({ scenario, faults: [readFault({ what, nth: 1 }, next)] }));
    }),
  );
}

function readFault(point: WritePoint, next: () => number): RequestFault {
  const isWatch = point.what.startsWith('watch');
  const faults: readonly RequestFault[] = [
    ...REFUSALS.map((refusal) => ({ ...point, ...refusal, kind: 'refused' }) as const),
    { ...point, kind: 'reset' },
    { ...point, kind: 'half-open', ms: 1_500, delivered: false },
    ...(isWatch ? [] : [{ ...point, kind: 'truncated' } as const, { ...point, kind: 'lost' } as const]),
  ];
  return pick(faults, next);
}

function eventFamilies(catalogue: Catalogue, next: () => number): readonly Family[] {
  const points = SCENARIO_NAMES.flatMap((scenario) =>
    Object.entries(catalogue[scenario].events).map(([events, count]) => ({ scenario, events, count })),
  );
  const make = (fault: (point: { readonly events: string; readonly nth: number }) => EventFault): Family =>
    points.map(({ scenario, events, count }) => ({ scenario, faults: [fault({ events, nth: 1 + Math.floor(next() * count) })] }));
  return [
    make((point) => ({ ...point, kind: 'dropped', ms: 200 + Math.floor(next() * 1_500), end: 'gone' })),
    make((point) => ({ ...point, kind: 'dropped', ms: 200 + Math.floor(next() * 1_500), end: 'cut' })),
    make((point) => ({ ...point, kind: 'duplicated', count: 1 + Math.floor(next() * 10) })),
    make((point) => ({ ...point, kind: 'late', ms: 300 + Math.floor(next() * 2_000) })),
    make((point) => ({ ...point, kind: 'coalesced', ms: 300 + Math.floor(next() * 1_500) })),
    make((point) => ({ ...point, kind: 'truncated-line' })),
    make((point) => ({ ...point, kind: 'error-event', statusCode: pick([410, 500], next) })),
  ];
}

/** An operator with outdated data is most dangerous between two KillSwitches. */
function lateSwitches({ halt }: Catalogue): Family {
  return Array.from({ length: halt.events['killswitches'] ?? 0 }, (_, index) => ({
    scenario: 'halt' as const,
    faults: [{ events: 'killswitches', nth: index + 1, kind: 'late', ms: 2_000 }] satisfies readonly Fault[],
  }));
}

/** A server with outdated data: the list after a 410, and the live read before a delete. */
function staleReads(catalogue: Catalogue, next: () => number): Family {
  const lists = SCENARIO_NAMES.flatMap((scenario) =>
    Object.entries(catalogue[scenario].events).map(([resource, count]) => ({
      scenario,
      faults: [
        { events: resource, nth: 1 + Math.floor(next() * count), kind: 'error-event', statusCode: 410 },
        { what: `list ${resource}`, nth: 2, kind: 'stale', back: 1 + Math.floor(next() * 6) },
      ] satisfies readonly Fault[],
    })),
  );
  const gets = [1, 2].flatMap((nth) =>
    [1, 2, 4].map((back) => ({
      scenario: 'trade' as const,
      faults: [{ what: 'get deployments', nth, kind: 'stale', back }] satisfies readonly Fault[],
    })),
  );
  return [...lists, ...gets];
}

function pick<T>(list: readonly T[], next: () => number): T {
  const found = list[Math.floor(next() * list.length)];
  if (found === undefined) throw new RangeError('expected something to choose from');
  return found;
}

function shuffled<T>(list: readonly T[], next: () => number): readonly T[] {
  return list
    .map((item) => ({ item, rank: next() }))
    .toSorted((a, b) => a.rank - b.rank)
    .map(({ item }) => item);
}
