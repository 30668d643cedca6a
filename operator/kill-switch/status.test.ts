import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ExecStatus } from '@flotilla/contracts/control/exec-status.ts';
import type { HaltRecord, HaltReport } from '@flotilla/contracts/control/halt.ts';
import type { ResourceObject } from '@flotilla/contracts/resources/definition.ts';
import {
  type KillSwitchSpec,
  type KillSwitchStatus,
  killSwitchStatusSchema,
  type NamespaceHalt,
} from '@flotilla/contracts/resources/kill-switch.ts';
import type { PortfolioHalt } from './portfolio-steps.ts';
import { type KillSwitchObservation, killSwitchStatus } from './status.ts';

const NOW_MS = Date.parse('2026-11-21T12:00:03.000Z');
const at = (seconds: string): string => `2026-11-21T12:00:0${seconds}Z`;
const spec: KillSwitchSpec = { scope: { type: 'All' }, mode: 'CancelAndHold', reason: 'drill' };
const object: ResourceObject = {
  apiVersion: 'flotilla.dev/v1alpha1',
  kind: 'KillSwitch',
  metadata: { name: 'stop', uid: 'u', generation: 1 },
  spec,
};
const record: HaltRecord = {
  schemaVersion: 1,
  portfolio: 'main',
  generation: 2,
  state: 'ENGAGED',
  haltId: 'u',
  killSwitch: 'stop',
  mode: 'CancelAndHold',
  observedAt: at('1.000'),
  writtenAt: at('1.003'),
};
const report: HaltReport = {
  haltId: 'u',
  generation: 2,
  receivedAt: at('1.004'),
  gateClosedAt: at('1.005'),
  lastAcceptedAt: at('0.990'),
  restingCancelledAt: at('1.010'),
  restingCancelledCount: 3,
  refusedCount: 7,
};
const execWith = (halt: HaltReport | undefined): ExecStatus => ({
  schemaVersion: 1,
  portfolio: 'main',
  instance: 'a',
  epoch: 1,
  tradingState: 'HALTED',
  reason: 'TRADING_HALTED',
  openOrders: 0,
  updatedAt: at('2.000'),
  ...(halt === undefined ? {} : { halt }),
});
const halt: PortfolioHalt = {
  namespace: 'trading',
  name: 'main',
  record,
  problem: undefined,
  exec: { value: execWith(report), fresh: true },
  neverRan: false,
  agentsRunning: 1,
};
const statusOf = (change: Partial<KillSwitchObservation>) => {
  const observation = {
    object,
    spec,
    namespace: 'trading',
    portfolios: [halt],
    elsewhere: new Map<string, number>(),
    unmatched: [],
    ...change,
  };
  const status = killSwitchStatus(observation, NOW_MS);
  assert.ok(killSwitchStatusSchema.safeParse(status).success, 'the CRD takes it');
  return status;
};
const observe = (one: Partial<PortfolioHalt>, of: ResourceObject = object) => statusOf({ object: of, portfolios: [{ ...halt, ...one }] });
const conditionsOf = (status: KillSwitchStatus, types: readonly string[]) =>
  types.map((type) => status.conditions?.find((one) => one.type === type)?.status);
const messageOf = (status: KillSwitchStatus) => status.conditions?.[0]?.message ?? '';

const done: Partial<PortfolioHalt> = {
  exec: { value: execWith({ ...report, zeroOpenOrdersVerifiedAt: at('1.020') }), fresh: true },
  agentsRunning: 0,
};

const phases: readonly {
  readonly reason: string;
  readonly given: Partial<PortfolioHalt>;
  readonly phase: string;
  readonly condition: string;
}[] = [
  {
    reason: 'the bus is away',
    given: { record: undefined, problem: 'NATS does not answer' },
    phase: 'Publishing',
    condition: 'BusUnavailable',
  },
  { reason: 'exec has not answered', given: { exec: { value: execWith(undefined), fresh: true } }, phase: 'Closing', condition: 'Closing' },
  { reason: 'orders are still open', given: {}, phase: 'Cancelling', condition: 'Cancelling' },
  {
    reason: 'an agent still runs',
    given: { exec: { value: execWith({ ...report, zeroOpenOrdersVerifiedAt: at('1.020') }), fresh: true } },
    phase: 'StoppingAgents',
    condition: 'StoppingAgents',
  },
  {
    reason: 'everything is done',
    given: { exec: { value: execWith({ ...report, zeroOpenOrdersVerifiedAt: at('1.020') }), fresh: true }, agentsRunning: 0 },
    phase: 'Halted',
    condition: 'Halted',
  },
  {
    reason: 'exec never reported and has run',
    given: { exec: undefined, agentsRunning: 0 },
    phase: 'Unconfirmed',
    condition: 'HaltPartial',
  },
  {
    reason: 'exec has confirmed everything and does not report any more',
    given: { exec: { value: execWith({ ...report, zeroOpenOrdersVerifiedAt: at('1.020') }), fresh: false }, agentsRunning: 0 },
    phase: 'Unconfirmed',
    condition: 'HaltPartial',
  },
  {
    reason: 'the portfolio never had an exec, and has no agent',
    given: { exec: undefined, neverRan: true, agentsRunning: 0 },
    phase: 'Halted',
    condition: 'Halted',
  },
];
for (const { reason, given, phase, condition } of phases) {
  test(`killSwitchStatus: says ${phase}, when ${reason}`, () => {
    const status = observe(given);
    assert.equal(status.portfolios?.[0]?.phase, phase);
    assert.equal(status.conditions?.[0]?.reason, condition);
  });
}

test('killSwitchStatus: shows each step with its time and duration', () => {
  const exec = { value: execWith({ ...report, zeroOpenOrdersVerifiedAt: at('1.020') }), fresh: true };
  const status = observe({ exec, agentsRunning: 0 });
  assert.deepEqual(status.portfolios?.[0], {
    namespace: 'trading',
    name: 'main',
    phase: 'Halted',
    generation: 2,
    observedAt: at('1.000'),
    publishedAt: at('1.003'),
    gateClosedAt: at('1.005'),
    lastAcceptedAt: at('0.990'),
    restingCancelledAt: at('1.010'),
    restingCancelledCount: 3,
    gateClosedDurationMs: 5,
    zeroOpenOrdersVerifiedAt: at('1.020'),
    zeroOpenOrdersDurationMs: 20,
    agentsScaledToZeroAt: at('3.000'),
    agentsScaledToZeroDurationMs: 2_000,
  });
  assert.equal(status.gateClosedDurationMsMax, 5);
  assert.equal(status.state, 'Engaged');
});

test('killSwitchStatus: keeps the first times, when exec starts anew and reports again', () => {
  const first = observe({});
  const again = { ...report, gateClosedAt: at('2.500'), restingCancelledCount: 0 };
  const second = observe({ exec: { value: execWith(again), fresh: true } }, { ...object, status: first });
  assert.equal(second.portfolios?.[0]?.gateClosedAt, at('1.005'));
  assert.equal(second.portfolios?.[0]?.restingCancelledCount, 3);
});

test('killSwitchStatus: takes no times from the report of a former halt', () => {
  const status = observe({ exec: { value: execWith({ ...report, haltId: 'other' }), fresh: true } });
  assert.equal(status.portfolios?.[0]?.gateClosedAt, undefined);
});

test('killSwitchStatus: is not Ready and says so, when nothing is in scope', () => {
  const status = statusOf({ portfolios: [] });
  assert.deepEqual([status.conditions?.[0]?.status, status.conditions?.[0]?.reason], ['False', 'NothingInScope']);
  assert.equal(status.state, 'Engaging');
  assert.equal(status.portfolioCount, 0);
});

test('killSwitchStatus: names a portfolio that the scope names and that does not exist', () => {
  const status = statusOf({ portfolios: [{ ...halt, ...done }], unmatched: ['trading/mian'] });
  assert.equal(status.conditions?.[0]?.reason, 'HaltPartial');
  assert.match(messageOf(status), /1 of 1 portfolios are halted; no such Portfolio: trading\/mian/);
});

test('killSwitchStatus: names each portfolio whose exec does not report, and its gate is unknown', () => {
  const silent = ['b', 'c'].map((name) => ({ ...halt, name, exec: undefined }));
  const status = statusOf({ portfolios: [{ ...halt, ...done }, ...silent] });
  assert.equal(
    messageOf(status),
    '1 of 3 portfolios are halted; exec does not report, so its gate and its open orders are unknown, for trading/b, trading/c',
  );
  assert.deepEqual(conditionsOf(status, ['Ready', 'GatesClosed', 'OrdersCancelled']), ['False', 'Unknown', 'Unknown']);
  assert.equal(status.state, 'Engaging');
});

test('killSwitchStatus: counts every portfolio, and says how many it does not list', () => {
  const portfolios = Array.from({ length: 300 }, (_, index) => ({ ...halt, ...done, name: `p${String(index).padStart(3, '0')}` }));
  const whole = statusOf({ portfolios });
  assert.deepEqual([whole.portfolioCount, whole.haltedCount, whole.omittedCount, whole.portfolios?.length], [300, 300, 44, 256]);
  assert.equal(messageOf(whole), 'all 300 portfolios in scope are halted');
  const last = statusOf({ portfolios: portfolios.map((one) => (one.name === 'p299' ? { ...one, exec: undefined } : one)) });
  assert.deepEqual([last.conditions?.[0]?.reason, last.haltedCount], ['HaltPartial', 299]);
  assert.match(messageOf(last), /299 of 300 portfolios are halted.*trading\/p299$/);
  assert.ok(
    last.portfolios?.some(({ name }) => name === 'p299'),
    'what is not halted is listed first',
  );
});

const other = { ...statusOf({ portfolios: [{ ...halt, ...done }] }).namespaces?.[0], namespace: 'other' } as NamespaceHalt;
const withOther = (entry: Partial<NamespaceHalt>): ResourceObject => ({ ...object, status: { namespaces: [{ ...other, ...entry }] } });

for (const [reason, given, want] of [
  ['another operator has halted its portfolios', { object: withOther({}), elsewhere: new Map([['other', 1]]) }, ['Halted', 2, 2]],
  [
    'another operator still waits',
    {
      object: withOther({ haltedCount: 0, unconfirmedCount: 1, unconfirmed: ['x'], reason: 'ExecSilent' }),
      elsewhere: new Map([['other', 1]]),
    },
    ['HaltPartial', 2, 1],
  ],
  ['no operator has reported a namespace', { elsewhere: new Map([['other', 2]]) }, ['HaltPartial', 3, 1]],
  [
    'another operator has not counted a new portfolio',
    { object: withOther({}), elsewhere: new Map([['other', 2]]) },
    ['HaltPartial', 3, 2],
  ],
  ['the namespace of an entry has no portfolio any more', { object: withOther({ haltedCount: 0 }) }, ['Halted', 1, 1]],
] as const) {
  test(`killSwitchStatus: totals go over the entries of every operator, when ${reason}`, () => {
    const status = statusOf({ portfolios: [{ ...halt, ...done }], ...given });
    assert.deepEqual([status.conditions?.[0]?.reason, status.portfolioCount, status.haltedCount], want);
    assert.deepEqual(
      status.namespaces?.map(({ namespace }) => namespace),
      ['trading'],
      'only its own entry is written',
    );
  });
}

test('killSwitchStatus: lists portfolios by name, and those in messages by namespace and name', () => {
  const waiting = { haltedCount: 0, notHalted: ['x'], reason: 'Cancelling' as const };
  const told = [
    { ...other, ...waiting, namespace: 'zulu' },
    { ...other, ...waiting, namespace: 'alpha', reason: 'StoppingAgents' as const },
  ];
  const status = statusOf({
    object: { ...object, status: { namespaces: told } },
    portfolios: ['c', 'a', 'b'].map((name) => ({ ...halt, name })),
    elsewhere: new Map([
      ['zulu', 1],
      ['alpha', 1],
    ]),
  });
  assert.deepEqual(
    status.portfolios?.map(({ name }) => name),
    ['a', 'b', 'c'],
  );
  assert.equal(status.conditions?.[0]?.reason, 'StoppingAgents', 'the reason of the first namespace');
  assert.equal(messageOf(status), '0 of 5 portfolios are halted; still to come: alpha/x, trading/a, trading/b, trading/c, zulu/x');
});

test('killSwitchStatus: says what is wrong with the bus of the first namespace, when it is away in several', () => {
  const away = (namespace: string) => ({ ...other, namespace, reason: 'BusUnavailable' as const, message: `${namespace} is away` });
  const status = statusOf({
    object: { ...object, status: { namespaces: [away('zulu'), away('alpha')] } },
    elsewhere: new Map([
      ['zulu', 1],
      ['alpha', 1],
    ]),
  });
  assert.equal(status.conditions?.[0]?.reason, 'BusUnavailable');
  assert.match(messageOf(status), /^alpha is away; /);
});

test('killSwitchStatus: names eight portfolios whose exec is silent, and counts the others', () => {
  const portfolios = Array.from({ length: 9 }, (_, index) => ({ ...halt, name: `p${index}`, exec: undefined }));
  assert.match(messageOf(statusOf({ portfolios })), /trading\/p6, trading\/p7 and 1 more$/);
  assert.match(messageOf(statusOf({ portfolios: portfolios.slice(1) })), /trading\/p7, trading\/p8$/);
});

test('killSwitchStatus: takes the larger count, when the operator of a namespace has counted more than is in the cache', () => {
  const status = statusOf({
    object: withOther({ portfolioCount: 2, haltedCount: 2 }),
    portfolios: [{ ...halt, ...done }],
    elsewhere: new Map([['other', 1]]),
  });
  assert.deepEqual([status.portfolioCount, status.haltedCount, status.omittedCount], [3, 3, undefined]);
});

test('killSwitchStatus: does not know whether agents run, where no operator has reported', () => {
  const elsewhere = new Map([
    ['east', 1],
    ['west', 1],
  ]);
  const agents = statusOf({ portfolios: [{ ...halt, ...done }], elsewhere }).conditions?.find(({ type }) => type === 'AgentsStopped');
  assert.deepEqual([agents?.status, agents?.message.split(';')[0]], ['Unknown', 'no agent has a pod: 1 of 3 portfolios, unknown for 2']);
});

test('killSwitchStatus: lists no portfolio, when entries of other namespaces leave no room', () => {
  const portfolios = Array.from({ length: 1_024 }, (_, index) => ({ namespace: 'other', name: `p${index}`, phase: 'Halted' }));
  const status = statusOf({
    object: { ...object, status: { namespaces: [{ ...other, portfolioCount: 1_024, haltedCount: 1_024 }], portfolios } },
    portfolios: [{ ...halt, ...done }],
    elsewhere: new Map([['other', 1_024]]),
  });
  assert.deepEqual([status.portfolios, status.omittedCount, status.portfolioCount], [undefined, 1, 1_025]);
});

test('killSwitchStatus: gives a duration of 0 ms, when the gate closed in the millisecond in which the halt was seen', () => {
  const atOnce = { ...report, gateClosedAt: at('1.000') };
  assert.equal(observe({ exec: { value: execWith(atOnce), fresh: true } }).gateClosedDurationMsMax, 0);
});

test('killSwitchStatus: names the orders that exec has cancelled, by mode', () => {
  const messageIn = (mode: KillSwitchSpec['mode']) =>
    statusOf({ spec: { ...spec, mode } }).conditions?.find(({ type }) => type === 'OrdersCancelled')?.message ?? '';
  assert.match(messageIn('CancelAndHold'), /twice that no orders are open at the venue: 0 of 1 portfolios$/);
  assert.match(messageIn('ReduceOnly'), /twice that no orders that do not reduce are open/);
});

test('killSwitchStatus: says for how many portfolios a step is unknown', () => {
  const portfolios = [halt, { ...halt, name: 'second', exec: undefined }];
  const gates = statusOf({ portfolios }).conditions?.find(({ type }) => type === 'GatesClosed');
  assert.deepEqual([gates?.status, gates?.reason], ['Unknown', 'Unconfirmed']);
  assert.match(gates?.message ?? '', /^exec has closed its gate: 1 of 2 portfolios, unknown for 1; exec does not report/);
  const open = [{ ...halt, exec: { value: execWith(undefined), fresh: true } }, ...portfolios.slice(1)];
  const waiting = statusOf({ portfolios: open }).conditions?.find(({ type }) => type === 'GatesClosed');
  assert.deepEqual(
    [waiting?.status, waiting?.reason, waiting?.message],
    ['False', 'Waiting', 'exec has closed its gate: 0 of 2 portfolios, unknown for 1'],
  );
});

test('killSwitchStatus: names a field of another version, and keeps the scope', () => {
  const newer = { ...object, spec: { ...spec, colour: 'red' } };
  const status = observe(done, newer);
  assert.equal(status.scope, 'all portfolios');
  assert.match(status.conditions?.find(({ type }) => type === 'SpecUnderstood')?.message ?? '', /does not know spec\.colour/);
});

test('killSwitchStatus: takes from the room that entries of other namespaces leave', () => {
  const portfolios = Array.from({ length: 1_020 }, (_, index) => ({ namespace: 'other', name: `p${index}`, phase: 'Halted' }));
  const status = statusOf({
    object: { ...withOther({ portfolioCount: 1_020, haltedCount: 1_020 }), status: { namespaces: [other], portfolios } },
    portfolios: Array.from({ length: 10 }, (_, index) => ({ ...halt, ...done, name: `m${index}` })),
    elsewhere: new Map([['other', 1]]),
  });
  assert.deepEqual([status.portfolios?.length, status.omittedCount, status.portfolioCount], [4, 6, 11]);
});

test('killSwitchStatus: while it is deleted says for whom it waits and how to override', () => {
  const status = observe({ exec: undefined }, { ...object, metadata: { ...object.metadata, deletionTimestamp: at('2.000') } });
  assert.deepEqual([status.state, status.conditions?.[0]?.reason], ['Releasing', 'Releasing']);
  assert.match(
    messageOf(status),
    /for trading\/main; start exec again, or override: kubectl annotate killswitch\/stop flotilla.dev\/delete-without-exec=/,
  );
});

test('killSwitchStatus: while it is deleted names nothing that is missing, when every exec and operator reports', () => {
  const deleted = { ...withOther({}), metadata: { ...object.metadata, deletionTimestamp: at('2.000') } };
  const status = statusOf({ object: deleted, elsewhere: new Map([['other', 1]]) });
  assert.equal(messageOf(status), 'deleted: the halt ends after exec has confirmed it');
  assert.ok(!Object.hasOwn(status, 'omittedCount'));
});

const verified = { ...report, zeroOpenOrdersVerifiedAt: at('1.020') };
const stepCases: readonly { readonly when: string; readonly given: Partial<PortfolioHalt>; readonly want: readonly string[] }[] = [
  { when: 'exec does not report', given: { exec: undefined }, want: ['Unknown', 'Unknown', 'False'] },
  { when: 'the bus is away', given: { record: undefined, problem: 'away' }, want: ['Unknown', 'Unknown', 'False'] },
  { when: 'exec has not answered', given: { exec: { value: execWith(undefined), fresh: true } }, want: ['False', 'False', 'False'] },
  { when: 'the gate is closed', given: {}, want: ['True', 'False', 'False'] },
  { when: 'no order is open', given: { exec: { value: execWith(verified), fresh: true } }, want: ['True', 'True', 'False'] },
  {
    when: 'no agent is left',
    given: { exec: { value: execWith(verified), fresh: true }, agentsRunning: 0 },
    want: ['True', 'True', 'True'],
  },
];
for (const { when, given, want } of stepCases) {
  test(`killSwitchStatus: has a condition for each step, ${want.join(', ')}, when ${when}`, () => {
    const status = observe(given);
    const types = ['GatesClosed', 'OrdersCancelled', 'AgentsStopped'];
    assert.deepEqual(conditionsOf(status, types), want);
    const reasons = { True: 'Done', False: 'Waiting', Unknown: 'Unconfirmed' } as const;
    assert.deepEqual(
      types.map((type) => status.conditions?.find((one) => one.type === type)?.reason),
      want.map((one) => reasons[one as keyof typeof reasons]),
    );
  });
}

test('killSwitchStatus: has its conditions without a portfolio in scope, and leaves agents running under ReduceOnly', () => {
  const none = statusOf({ portfolios: [] });
  assert.deepEqual(
    none.conditions?.slice(3).map(({ status, reason }) => [status, reason]),
    [
      ['Unknown', 'NothingInScope'],
      ['Unknown', 'NothingInScope'],
      ['Unknown', 'NothingInScope'],
    ],
  );
  const reducing = statusOf({ spec: { ...spec, mode: 'ReduceOnly' } });
  assert.equal(reducing.conditions?.find(({ type }) => type === 'AgentsStopped')?.reason, 'NotAsked');
});
