import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ExecStatus } from '@flotilla/contracts/control/exec-status.ts';
import type { HaltRecord, HaltReport } from '@flotilla/contracts/control/halt.ts';
import type { HaltedPortfolio, KillSwitchSpec } from '@flotilla/contracts/resources/kill-switch.ts';
import { type PortfolioHalt, portfolioSteps } from './portfolio-steps.ts';

const NOW_MS = Date.parse('2026-11-21T12:00:03.000Z');
const NOW = '2026-11-21T12:00:03.000Z';
const at = (seconds: string): string => `2026-11-21T12:00:0${seconds}Z`;
const SPEC: KillSwitchSpec = { scope: { type: 'All' }, mode: 'CancelAndHold', reason: 'drill' };
const REDUCE: KillSwitchSpec = { ...SPEC, mode: 'ReduceOnly' };
const RECORD: HaltRecord = {
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
const REPORT: HaltReport = {
  haltId: 'u',
  generation: 2,
  receivedAt: at('1.004'),
  gateClosedAt: at('1.005'),
  restingCancelledCount: 0,
  refusedCount: 7,
};
const execWith = (halt: Partial<HaltReport> | undefined, fresh = true): PortfolioHalt['exec'] => {
  const value = (halt === undefined ? {} : { halt: { ...REPORT, ...halt } }) as ExecStatus;
  return { value, fresh };
};
const HALT: PortfolioHalt = {
  namespace: 'trading',
  name: 'main',
  record: RECORD,
  problem: undefined,
  exec: execWith({}),
  neverRan: false,
  agentsRunning: 1,
};
/** The steps of a halt that is as `change` says. */
const stepsOf = (change: Partial<PortfolioHalt>, { spec = SPEC, deleting = false, last = undefined as HaltedPortfolio | undefined } = {}) =>
  portfolioSteps({ ...HALT, ...change }, spec, deleting, last, NOW_MS);

const VERIFIED = { zeroOpenOrdersVerifiedAt: at('1.020') };

for (const { reason, change, spec = SPEC, want } of [
  { reason: 'exec does not report', change: { exec: undefined }, want: 'Unconfirmed' },
  { reason: 'the report of exec is old', change: { exec: execWith(VERIFIED, false), agentsRunning: 0 }, want: 'Unconfirmed' },
  { reason: 'exec has not heard of the halt', change: { exec: execWith(undefined) }, want: 'Closing' },
  { reason: 'exec reports another halt', change: { exec: execWith({ ...VERIFIED, haltId: 'v' }) }, want: 'Closing' },
  { reason: 'exec reports an older generation', change: { exec: execWith({ ...VERIFIED, generation: 1 }) }, want: 'Closing' },
  { reason: 'orders may be open', change: {}, want: 'Cancelling' },
  {
    reason: 'exec reports a later generation of the halt',
    change: { exec: execWith({ ...VERIFIED, generation: 3 }) },
    want: 'StoppingAgents',
  },
  { reason: 'one agent runs', change: { exec: execWith(VERIFIED) }, want: 'StoppingAgents' },
  { reason: 'no agent runs', change: { exec: execWith(VERIFIED), agentsRunning: 0 }, want: 'Halted' },
  { reason: 'no exec ever ran and no agent runs', change: { exec: undefined, neverRan: true, agentsRunning: 0 }, want: 'Halted' },
  { reason: 'no exec ever ran and an agent runs', change: { exec: undefined, neverRan: true }, want: 'StoppingAgents' },
  {
    reason: 'agents run, because they reduce',
    change: { record: { ...RECORD, mode: 'ReduceOnly' } },
    spec: REDUCE,
    want: 'Halted',
  },
  { reason: 'the record is released', change: { record: { ...RECORD, state: 'RELEASED' } }, want: 'Releasing' },
  { reason: 'the bus has not answered yet', change: { record: undefined }, want: 'Publishing' },
] satisfies readonly {
  readonly reason: string;
  readonly change: Partial<PortfolioHalt>;
  readonly spec?: KillSwitchSpec;
  readonly want: HaltedPortfolio['phase'];
}[]) {
  test(`portfolioSteps: is ${want}, when ${reason}`, () => {
    assert.equal(stepsOf(change, { spec }).phase, want);
  });
}

test('portfolioSteps: names a record without an id by its generation, as exec does', () => {
  const { haltId: _, ...record } = RECORD;
  assert.equal(stepsOf({ record, exec: execWith({ haltId: 'generation-2' }) }).gateClosedAt, at('1.005'));
  assert.equal(stepsOf({ record, exec: execWith({ haltId: 'generation-3' }) }).gateClosedAt, undefined);
});

test('portfolioSteps: gives each step with its time and its duration since the halt was seen', () => {
  const exec = execWith({ ...VERIFIED, lastAcceptedAt: at('0.990'), restingCancelledAt: at('1.010'), restingCancelledCount: 3 });
  assert.deepEqual(stepsOf({ exec, agentsRunning: 0 }), {
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
    agentsScaledToZeroAt: NOW,
    agentsScaledToZeroDurationMs: 2_000,
  });
});

test('portfolioSteps: leaves out the steps that are still to come', () => {
  assert.deepEqual(stepsOf({}), {
    namespace: 'trading',
    name: 'main',
    phase: 'Cancelling',
    generation: 2,
    observedAt: at('1.000'),
    publishedAt: at('1.003'),
    gateClosedAt: at('1.005'),
    gateClosedDurationMs: 5,
  });
  assert.deepEqual(Object.keys(stepsOf({ exec: undefined })), ['namespace', 'name', 'phase', 'generation', 'observedAt', 'publishedAt']);
});

test('portfolioSteps: measures from the time of writing, when the record does not say when the halt was seen', () => {
  const { observedAt: _, ...record } = RECORD;
  assert.equal(stepsOf({ record }).gateClosedDurationMs, 2);
});

test('portfolioSteps: gives no negative duration, when the clock of exec is behind', () => {
  assert.equal(stepsOf({ exec: execWith({ gateClosedAt: at('0.500') }) }).gateClosedDurationMs, 0);
});

const LAST: HaltedPortfolio = {
  namespace: 'trading',
  name: 'main',
  phase: 'Halted',
  generation: 2,
  observedAt: at('1.000'),
  publishedAt: at('1.003'),
  gateClosedAt: at('1.001'),
  lastAcceptedAt: at('0.900'),
  restingCancelledAt: at('1.002'),
  restingCancelledCount: 9,
  zeroOpenOrdersVerifiedAt: at('1.003'),
  agentsScaledToZeroAt: at('1.004'),
};

test('portfolioSteps: keeps the first times of the halt, when exec was started anew and reports again', () => {
  const exec = execWith({ ...VERIFIED, lastAcceptedAt: at('2.000'), restingCancelledAt: at('2.000'), restingCancelledCount: 0 });
  const steps = stepsOf({ exec, agentsRunning: 1 }, { last: LAST });
  assert.deepEqual(
    [steps.gateClosedAt, steps.lastAcceptedAt, steps.restingCancelledAt, steps.restingCancelledCount, steps.zeroOpenOrdersVerifiedAt],
    [at('1.001'), at('0.900'), at('1.002'), 9, at('1.003')],
  );
  assert.deepEqual([steps.agentsScaledToZeroAt, steps.agentsScaledToZeroDurationMs, steps.phase], [at('1.004'), 4, 'Halted']);
});

test('portfolioSteps: begins anew, when the record has another generation', () => {
  const record = { ...RECORD, generation: 3 };
  const steps = stepsOf({ record, exec: execWith({ generation: 3 }) }, { last: LAST });
  assert.deepEqual([steps.gateClosedAt, steps.agentsScaledToZeroAt, steps.phase], [at('1.005'), undefined, 'Cancelling']);
});

test('portfolioSteps: keeps the steps and not the phase, while exec is silent', () => {
  const { phase: _, ...kept } = stepsOf({ exec: undefined }, { last: LAST });
  const { phase: __, ...last } = LAST;
  assert.deepEqual(kept, { ...last, agentsScaledToZeroDurationMs: 4 });
  assert.equal(stepsOf({ exec: undefined }, { last: LAST }).phase, 'Unconfirmed');
});

test('portfolioSteps: keeps the steps that were taken, and knows not whether they hold, while the bus is away', () => {
  assert.deepEqual(stepsOf({ record: undefined }, { last: LAST }), { ...LAST, phase: 'Unconfirmed' });
  assert.deepEqual(stepsOf({ record: undefined }), { namespace: 'trading', name: 'main', phase: 'Publishing' });
});

test('portfolioSteps: keeps the steps of a halt that is being released', () => {
  const record: HaltRecord = { ...RECORD, state: 'RELEASED', generation: 3 };
  assert.deepEqual(stepsOf({ record }, { last: LAST }), { ...LAST, phase: 'Releasing' });
  assert.deepEqual(stepsOf({ record }), { namespace: 'trading', name: 'main', phase: 'Releasing' });
});

test('portfolioSteps: says Releasing, when the KillSwitch is deleted, unless exec is silent', () => {
  assert.equal(stepsOf({}, { deleting: true }).phase, 'Releasing');
  assert.equal(stepsOf({ exec: undefined }, { deleting: true }).phase, 'Unconfirmed');
});

test('portfolioSteps: leaves agents alone under ReduceOnly', () => {
  const steps = stepsOf({ agentsRunning: 0 }, { spec: REDUCE });
  assert.equal(steps.agentsScaledToZeroAt, undefined);
});
