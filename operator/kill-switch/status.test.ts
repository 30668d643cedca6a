import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ExecStatus } from '@flotilla/contracts/control/exec-status.ts';
import type { HaltRecord, HaltReport } from '@flotilla/contracts/control/halt.ts';
import type { ResourceObject } from '@flotilla/contracts/resources/definition.ts';
import { type KillSwitchSpec, killSwitchStatusSchema } from '@flotilla/contracts/resources/kill-switch.ts';
import { killSwitchStatus, type PortfolioHalt } from './status.ts';

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
  silenceIsAbsence: true,
  agentsRunning: 1,
};
const observe = (one: Partial<PortfolioHalt>, of: ResourceObject = object) => {
  const status = killSwitchStatus({ object: of, spec, portfolios: [{ ...halt, ...one }] }, NOW_MS);
  assert.ok(killSwitchStatusSchema.safeParse(status).success, 'the CRD takes it');
  return status;
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
  { reason: 'no exec runs and no agent either', given: { exec: undefined, agentsRunning: 0 }, phase: 'Halted', condition: 'Halted' },
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

test('killSwitchStatus: is Ready at once, when nothing is in scope', () => {
  const status = killSwitchStatus({ object, spec, portfolios: [] }, NOW_MS);
  assert.equal(status.conditions?.[0]?.status, 'True');
  assert.equal(status.portfolioCount, 0);
});

const verified = { ...report, zeroOpenOrdersVerifiedAt: at('1.020') };
const stepCases: readonly { readonly when: string; readonly given: Partial<PortfolioHalt>; readonly want: readonly string[] }[] = [
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
    const found = ['GatesClosed', 'OrdersCancelled', 'AgentsStopped'].map(
      (type) => status.conditions?.find((one) => one.type === type)?.status,
    );
    assert.deepEqual(found, want);
  });
}

test('killSwitchStatus: has its conditions without a portfolio in scope, and leaves agents running under ReduceOnly', () => {
  const none = killSwitchStatus({ object, spec, portfolios: [] }, NOW_MS);
  assert.deepEqual(
    none.conditions?.slice(3).map(({ status, reason }) => [status, reason]),
    [
      ['True', 'NoPortfolio'],
      ['True', 'NoPortfolio'],
      ['True', 'NoPortfolio'],
    ],
  );
  const reducing = killSwitchStatus({ object, spec: { ...spec, mode: 'ReduceOnly' }, portfolios: [halt] }, NOW_MS);
  assert.equal(reducing.conditions?.find(({ type }) => type === 'AgentsStopped')?.reason, 'NotAsked');
});
