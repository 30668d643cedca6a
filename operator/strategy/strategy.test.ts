/** Plan and status of a Strategy as tables. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ExecStatus } from '@flotilla/contracts/control/exec-status.ts';
import type { WorkerProblem } from '@flotilla/contracts/control/worker-problem.ts';
import { strategyStatusSchema } from '@flotilla/contracts/resources/strategy.ts';
import { assertListed } from '../testing/assert-listed.ts';
import { TEST_SETTINGS, execReport, findPolicy, makeObject, portfolio, strategy, withSpec } from '../testing/objects.ts';
import type { DeploymentObject } from '../workload/deployment-state.ts';
import { DEFAULT_NETWORK_REACH } from '../workload/network-reach.ts';
import { agentViewOf } from '../fleet/agent-view.ts';
import { planAgentKey, planStrategy, replicasOf, type StrategySnapshot } from './plan.ts';
import { resolvePortfolio, resolveStrategy } from '../fleet/resolve-strategy.ts';
import type { StrategyObservation } from './observation.ts';
import { strategyStatus } from './status.ts';

const NOW_MS = Date.parse('2026-11-21T12:00:00Z');
const resolved = resolvePortfolio(portfolio, findPolicy);
const snapshotOf = (object = strategy, more: Partial<StrategySnapshot> = {}, role?: object): StrategySnapshot => {
  const one = resolveStrategy(object, resolved, findPolicy, (name) =>
    role === undefined ? undefined : makeObject('AgentRole', name, role),
  );
  const agent = one.ok ? agentViewOf(one, more.deployment, undefined, TEST_SETTINGS) : undefined;
  return { strategy: object, resolved: one, agent, stoppedBy: [], deployment: undefined, mayLackKey: true, ...more };
};
const key = (): Uint8Array => new Uint8Array(32).fill(7);
const deleting = { ...strategy, metadata: { ...strategy.metadata, deletionTimestamp: '2026-11-21T11:59:59Z' } };
const limited = withSpec(strategy, { agentRoleRef: { name: 'careful' } });
const misspelt = withSpec(strategy, { agent: { builtIn: 'Momentun' } });
const deployment = makeObject('Deployment', 'btc-momentum-agent', {}) as unknown as DeploymentObject;

const replicas: readonly { readonly reason: string; readonly given: StrategySnapshot; readonly want: 0 | 1 }[] = [
  { reason: 'one agent runs', given: snapshotOf(), want: 1 },
  { reason: 'paused: none', given: snapshotOf(withSpec(strategy, { desiredState: 'Paused' })), want: 0 },
  { reason: 'halted: none', given: snapshotOf(withSpec(strategy, { desiredState: 'Halted' })), want: 0 },
  { reason: 'a kill switch: none', given: snapshotOf(strategy, { stoppedBy: ['stop'] }), want: 0 },
  { reason: 'leaving: none', given: snapshotOf(deleting), want: 0 },
  { reason: 'wrong: none', given: snapshotOf(misspelt), want: 0 },
  { reason: 'under a role: one', given: snapshotOf(limited, {}, {}), want: 1 },
  { reason: 'its role is missing: none', given: snapshotOf(limited), want: 0 },
];
for (const { reason, given, want } of replicas) {
  test(`replicasOf: ${reason}`, () => assert.equal(replicasOf(given), want));
}

test('planStrategy: makes identity, walls and agent', () => {
  const kinds = planStrategy(snapshotOf(), TEST_SETTINGS).map((intent) =>
    intent.type === 'event' ? '' : `${intent.type} ${intent.resource.kind}`,
  );
  assert.deepEqual(kinds, ['apply ServiceAccount', 'apply NetworkPolicy', 'apply Deployment']);
});

test('planAgentKey: creates the key only while it may be missing', () => {
  const names = planAgentKey(snapshotOf(), key).map((intent) => intent.type === 'create' && intent.manifest.metadata.name);
  assert.deepEqual(names, ['btc-momentum-agent-key-uid-btc-momentum']);
  const never = (): Uint8Array => assert.fail('makes no second key');
  assert.deepEqual(planAgentKey(snapshotOf(strategy, { mayLackKey: false }), never), []);
  assert.deepEqual(planAgentKey(snapshotOf(deleting), never), []);
  assert.deepEqual(planAgentKey(snapshotOf(misspelt), never), []);
});

test('planStrategy: hands the agent its whole configuration', () => {
  const intent = planStrategy(snapshotOf(), TEST_SETTINGS).at(-1);
  assert.ok(intent?.type === 'apply');
  const text = JSON.stringify(intent.manifest);
  for (const [name, value] of [
    ['FLOTILLA_PORTFOLIO', 'main'],
    ['FLOTILLA_STRATEGY', 'btc-momentum'],
    ['FLOTILLA_AGENT', 'Momentum'],
    ['FLOTILLA_PARAMETERS', '{"fastBars":10,"quantity":"0.5","slowBars":30}'],
    ['NATS_URL', 'nats://10.0.0.1:4222'],
  ]) {
    assert.ok(text.includes(JSON.stringify({ name, value })), `${name} is ${value}`);
  }
  assert.ok(text.includes('"secretKeyRef":{"name":"btc-momentum-agent-key-uid-btc-momentum","key":"key"}'));
  assert.ok(!text.includes(Buffer.from(key()).toString('base64')), 'the key itself is in no manifest but the Secret');
});

test('planStrategy: places the agent by the pod template of the Strategy, and takes fields of others from the Deployment', () => {
  const intent = planStrategy(snapshotOf(withSpec(strategy, { podTemplate: { nodeSelector: { zone: 'a' } } })), TEST_SETTINGS).at(-1);
  assert.ok(intent?.type === 'apply');
  const { template } = intent.manifest['spec'] as { readonly template: { readonly spec: { readonly nodeSelector?: unknown } } };
  assert.deepEqual(template.spec.nodeSelector, { zone: 'a' });
  assert.equal(intent.whole, true);
});

test('planStrategy: deletes the agent of a strategy that is wrong, and nothing when there is none', () => {
  assert.deepEqual(planStrategy(snapshotOf(misspelt), TEST_SETTINGS), []);
  const intents = planStrategy(snapshotOf(misspelt, { deployment }), TEST_SETTINGS);
  assert.deepEqual(
    intents.map(({ type }) => type),
    ['delete'],
  );
});

test('planStrategy: lets the agent out to NATS and DNS alone', () => {
  const intent = planStrategy(snapshotOf(), TEST_SETTINGS).find((one) => one.type === 'apply' && one.resource.kind === 'NetworkPolicy');
  assert.ok(intent?.type === 'apply');
  assert.deepEqual((intent.manifest['spec'] as { readonly egress: unknown }).egress, [
    { to: [{ ipBlock: { cidr: '10.0.0.1/32' } }], ports: [{ protocol: 'TCP', port: 4222 }] },
    {
      to: DEFAULT_NETWORK_REACH.dns.to,
      ports: [
        { protocol: 'UDP', port: 53 },
        { protocol: 'TCP', port: 53 },
      ],
    },
  ]);
});

const execIn = (tradingState: ExecStatus['tradingState'], fresh = true): StrategyObservation['exec'] => ({
  fresh,
  value: {
    schemaVersion: 1,
    portfolio: 'main',
    instance: 'a',
    epoch: 1,
    tradingState,
    reason: tradingState === 'ACTIVE' ? '' : 'TRADING_HALTED',
    openOrders: 0,
    updatedAt: '2026-11-21T12:00:00Z',
  },
});
const up = { state: 'Ready', message: 'ready' } as const;
const gone = { state: 'Gone', message: 'gone' } as const;
const observe = (more: Partial<StrategyObservation>): StrategyObservation => ({
  ...snapshotOf(),
  busProblem: undefined,
  missingSource: undefined,
  agentReport: undefined,
  exec: execIn('ACTIVE'),
  state: up,
  ...more,
});

const agentWith = (problem?: WorkerProblem): StrategyObservation['agentReport'] => ({
  fresh: true,
  value: {
    schemaVersion: 1,
    portfolio: 'main',
    strategy: 'btc-momentum',
    instance: 'a',
    signalsConsumed: 1,
    intentsPublished: 0,
    firstSignalAt: '2026-11-21T11:59:00Z',
    lastSequence: 1,
    ...(problem === undefined ? {} : { problem }),
    updatedAt: '2026-11-21T12:00:00Z',
  },
});

const UNREADABLE = 'the configuration entry strategies.0 cannot be read: capitalMaxNotional: expected a decimal';
/** A report of an exec that cannot read the entry of the strategy and treats the strategy as Halted. */
const unreadableFor = (object = strategy): Partial<StrategyObservation> => {
  const exec = execIn('ACTIVE');
  assert.ok(exec !== undefined);
  const report = { name: 'btc-momentum', desiredState: 'Halted', problem: UNREADABLE, openOrders: 0, openPositions: 0 } as const;
  const value: ExecStatus = { ...exec.value, strategies: [report] };
  const snapshot = snapshotOf(object);
  assert.ok(snapshot.resolved.ok);
  return {
    ...snapshot,
    exec: { fresh: true, value },
    agent: agentViewOf(snapshot.resolved, undefined, { fresh: true, value }, TEST_SETTINGS),
    agentReport: agentWith(),
  };
};

const statuses: readonly {
  readonly when: string;
  readonly given: StrategyObservation;
  readonly want: readonly [string, string, 'Ready' | 'Reconciling' | 'Stalled'];
}[] = [
  { when: 'all is well', given: observe({}), want: ['Running', 'Running', 'Ready'] },
  {
    when: 'the pod is on its way',
    given: observe({ state: { state: 'Starting', message: '' } }),
    want: ['Starting', 'AgentStarting', 'Reconciling'],
  },
  {
    when: 'the bus is away',
    given: observe({ busProblem: { reason: 'BusUnavailable', message: 'NATS does not answer' } }),
    want: ['Starting', 'BusUnavailable', 'Reconciling'],
  },
  { when: 'exec is silent', given: observe({ exec: execIn('ACTIVE', false) }), want: ['Running', 'ExecSilent', 'Reconciling'] },
  {
    when: 'another exec runs other limits of its policy',
    given: observe({
      exec: { fresh: true, value: execReport('main', [{ name: 'conservative', hash: 'a'.repeat(64), delivery: 'Delivering' }]) },
    }),
    want: ['Running', 'MixedPolicyHashes', 'Reconciling'],
  },
  {
    when: 'a policy that it does not use is not settled',
    given: observe({ exec: { fresh: true, value: execReport('main', [{ name: 'other', hash: 'a'.repeat(64), delivery: 'Delivering' }]) } }),
    want: ['Running', 'Running', 'Ready'],
  },
  { when: 'exec is halted', given: observe({ exec: execIn('HALTED') }), want: ['Running', 'HaltedByKillSwitch', 'Ready'] },
  {
    when: 'it is paused and stopped',
    given: observe({ ...snapshotOf(withSpec(strategy, { desiredState: 'Paused' })), state: gone }),
    want: ['Paused', 'Paused', 'Ready'],
  },
  {
    when: 'it is to be halted and exec is silent',
    given: observe({ ...snapshotOf(withSpec(strategy, { desiredState: 'Halted' })), state: gone, exec: execIn('ACTIVE', false) }),
    want: ['Halted', 'Halted', 'Reconciling'],
  },
  {
    when: 'it is paused and still stopping',
    given: observe({ ...snapshotOf(withSpec(strategy, { desiredState: 'Paused' })), state: { state: 'Stopping', message: '' } }),
    want: ['Paused', 'Paused', 'Reconciling'],
  },
  {
    when: 'a kill switch stopped it',
    given: observe({ stoppedBy: ['stop'], state: gone }),
    want: ['Halted', 'HaltedByKillSwitch', 'Ready'],
  },
  {
    when: 'a kill switch stops it while the bus is away',
    given: observe({ stoppedBy: ['stop'], state: gone, busProblem: { reason: 'BusUnavailable', message: 'away' } }),
    want: ['Halted', 'HaltedByKillSwitch', 'Ready'],
  },
  {
    when: 'its agent reports that every decision fails',
    given: observe({ agentReport: agentWith({ reason: 'DecisionsFail', message: 'division by zero' }) }),
    want: ['Blocked', 'DecisionsFail', 'Stalled'],
  },
  {
    when: 'the SignalSource that it listens to does not exist',
    given: observe({ missingSource: 'dsek', agentReport: agentWith() }),
    want: ['Blocked', 'SignalSourceNotFound', 'Stalled'],
  },
  {
    when: 'exec cannot read its entry of the configuration',
    given: observe(unreadableFor()),
    want: ['Blocked', 'ConfigEntryUnreadable', 'Stalled'],
  },
  { when: 'its role is missing', given: observe(snapshotOf(limited)), want: ['Blocked', 'AgentRoleNotFound', 'Stalled'] },
  {
    when: 'its role has a field of a later version',
    given: observe(snapshotOf(limited, {}, { limits: {} })),
    want: ['Blocked', 'AgentRoleInvalid', 'Stalled'],
  },
  {
    when: 'its role does not allow its instrument',
    given: observe(snapshotOf(limited, {}, { signals: { instruments: ['ETH-USD'] } })),
    want: ['Blocked', 'InstrumentNotAllowed', 'Stalled'],
  },
  {
    when: 'its role quarantines its decisions, which exec leaves unanswered',
    given: observe({
      ...snapshotOf(limited, {}, { publications: 'Quarantine' }),
      agentReport: agentWith({ reason: 'OrdersUnanswered', message: '32 orders' }),
    }),
    want: ['Running', 'DecisionsQuarantined', 'Ready'],
  },
  {
    when: 'its role lets it publish nothing, so that every decision fails',
    given: observe({
      ...snapshotOf(limited, {}, { publications: 'Nothing' }),
      agentReport: agentWith({ reason: 'DecisionsFail', message: 'expected permission to publish' }),
    }),
    want: ['Running', 'DecisionsRefused', 'Ready'],
  },
  {
    when: 'its role lets it publish nothing, and its pod is on its way',
    given: observe({ ...snapshotOf(limited, {}, { publications: 'Nothing' }), state: { state: 'Starting', message: '' } }),
    want: ['Starting', 'AgentStarting', 'Reconciling'],
  },
  { when: 'it is wrong', given: observe(snapshotOf(misspelt)), want: ['Blocked', 'AgentUnknown', 'Stalled'] },
  { when: 'it is leaving', given: observe(snapshotOf(deleting)), want: ['Halted', 'Deleting', 'Reconciling'] },
];
for (const { when, given, want } of statuses) {
  test(`strategyStatus: says ${want.join(', ')}, when ${when}`, () => {
    const status = strategyStatus(given, NOW_MS);
    assert.ok(strategyStatusSchema.safeParse(status).success, 'the CRD takes it');
    assertListed('Strategy', status.conditions);
    const holding = status.conditions?.filter(({ status: holds }) => holds === 'True').map(({ type }) => type);
    assert.deepEqual([status.state, status.conditions?.[0]?.reason, ...(holding ?? [])], want);
    assert.deepEqual(
      status.conditions?.map(({ type }) => type),
      ['Ready', 'Reconciling', 'Stalled', 'Trading'],
    );
    assert.equal(status.observedGeneration, 1);
  });
}

test('strategyStatus: is the same value again, when nothing changed', () => {
  const first = strategyStatus(observe({}), NOW_MS);
  const again = strategyStatus(observe({ strategy: { ...strategy, status: first } }), NOW_MS + 60_000);
  assert.deepEqual(again, first);
});

const reasonsOf = (given: StrategyObservation): readonly string[] => {
  const { conditions = [] } = strategyStatus(given, NOW_MS);
  return ['Ready', 'Trading'].map((type) => conditions.find((one) => one.type === type)?.reason ?? '');
};
const onePerFact: readonly { readonly fact: string; readonly given: StrategyObservation; readonly want: string }[] = [
  { fact: 'a kill switch', given: observe({ stoppedBy: ['stop'], state: gone }), want: 'HaltedByKillSwitch' },
  { fact: 'a silent exec', given: observe({ exec: execIn('ACTIVE', false), agentReport: agentWith() }), want: 'ExecSilent' },
  { fact: 'a pod on its way', given: observe({ state: { state: 'Starting', message: '' } }), want: 'AgentStarting' },
  { fact: 'a halted account', given: observe({ exec: execIn('HALTED'), agentReport: agentWith() }), want: 'HaltedByKillSwitch' },
  {
    fact: 'a decision that fails',
    given: observe({ agentReport: agentWith({ reason: 'DecisionsFail', message: 'x' }) }),
    want: 'DecisionsFail',
  },
  { fact: 'an entry that exec cannot read', given: observe(unreadableFor()), want: 'ConfigEntryUnreadable' },
];
for (const { fact, given, want } of onePerFact) {
  test(`strategyStatus: gives ${fact} one reason, in Ready and in Trading`, () => assert.deepEqual(reasonsOf(given), [want, want]));
}

test('strategyStatus: says in words of exec why exec cannot read the entry of the strategy', () => {
  const { conditions } = strategyStatus(observe(unreadableFor()), NOW_MS);
  assert.equal(conditions?.[0]?.message, `exec refuses every order of the strategy: ${UNREADABLE}`);
});

test('strategyStatus: says why exec cannot confirm a pause, when exec cannot read the entry of the strategy', () => {
  const paused = withSpec(strategy, { desiredState: 'Paused' });
  const { conditions } = strategyStatus(observe({ ...unreadableFor(paused), state: gone }), NOW_MS);
  assert.equal(conditions?.[0]?.reason, 'Paused');
  assert.match(conditions?.[0]?.message ?? '', /the agent is stopped; exec cannot confirm it: the configuration entry strategies\.0/);
});

test('strategyStatus: says what the agent reported last, while its pod does not become ready', () => {
  const report = agentWith({ reason: 'ParametersInvalid', message: 'quantity: off the lot' });
  const state = { state: 'Starting', message: 'Deployment x has 0 of 1 pods ready' } as const;
  const { conditions } = strategyStatus(observe({ state, agentReport: { fresh: false, value: report!.value } }), NOW_MS);
  assert.equal(conditions?.[0]?.message, 'Deployment x has 0 of 1 pods ready; its last report: quantity: off the lot');
});

test('strategyStatus: says that no agent runs, while one revision follows another', () => {
  const rollout = { phase: 'Fencing', mode: 'Normal', keepsAgent: false, message: 'exec has to confirm' } as const;
  const { state, conditions } = strategyStatus(observe({ rollout }), NOW_MS);
  assert.equal(state, 'RollingOut');
  assert.match(conditions?.[0]?.message ?? '', /exec has to confirm; no agent runs meanwhile$/);
});
