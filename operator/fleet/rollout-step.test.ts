/** The next step of a change of revision, as a table. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { StrategyReport } from '@flotilla/contracts/control/exec-status.ts';
import { type RolloutInput, rolloutStep } from './rollout-step.ts';

const report = (more: Partial<StrategyReport> = {}): StrategyReport => ({
  name: 's',
  revision: 'a',
  desiredState: 'Running',
  openOrders: 0,
  openPositions: 0,
  ...more,
});
const holding = (more: Partial<StrategyReport> = {}): StrategyReport =>
  report({ openOrders: 1, openPositions: 1, instruments: ['BTC-USD'], ...more });
const input = (more: Partial<RolloutInput>): RolloutInput => ({
  wanted: 'b',
  instruments: ['BTC-USD'],
  instrumentsBefore: ['BTC-USD'],
  handover: 'Handover',
  desiredState: 'Running',
  stopped: false,
  agentLost: false,
  report: report(),
  ...more,
});

const cases: readonly {
  readonly when: string;
  readonly given: Partial<RolloutInput>;
  readonly want: readonly [string, string, boolean];
}[] = [
  { when: 'nothing is held', given: {}, want: ['Stopping', 'Normal', false] },
  { when: 'something is held that the next revision sees', given: { report: holding() }, want: ['Stopping', 'Normal', false] },
  { when: 'the old agent has ended', given: { report: holding(), stopped: true }, want: ['Fencing', 'Normal', false] },
  { when: 'exec is silent', given: { report: undefined, stopped: true }, want: ['Fencing', 'Normal', false] },
  {
    when: 'exec is silent and an instrument is to go',
    given: { report: undefined, instrumentsBefore: ['BTC-USD', 'SPY'] },
    want: ['Waiting', 'Normal', true],
  },
  {
    when: 'something is held that the next revision would not see',
    given: { report: holding({ instruments: ['SPY'] }), stopped: true },
    want: ['Blocked', 'Normal', true],
  },
  {
    when: 'paused, and something is held',
    given: { report: holding(), desiredState: 'Paused', stopped: true },
    want: ['Fencing', 'Normal', false],
  },

  { when: 'it is to drain and holds something', given: { handover: 'Drain', report: holding() }, want: ['Draining', 'ReduceOnly', true] },
  { when: 'it is to drain and could still grow', given: { handover: 'Drain' }, want: ['Draining', 'ReduceOnly', true] },
  {
    when: 'it drained',
    given: { handover: 'Drain', report: report({ mode: 'ReduceOnly' }) },
    want: ['Stopping', 'ReduceOnly', false],
  },
  {
    when: 'it drained and the old agent has ended',
    given: { handover: 'Drain', report: report({ mode: 'ReduceOnly' }), stopped: true },
    want: ['Fencing', 'ReduceOnly', false],
  },
  { when: 'it is to drain and exec is silent', given: { handover: 'Drain', report: undefined }, want: ['Waiting', 'ReduceOnly', true] },
  {
    when: 'it drains and is paused',
    given: { handover: 'Drain', report: holding(), desiredState: 'Paused' },
    want: ['Suspended', 'Normal', false],
  },
  {
    when: 'it is to drain and the old agent is gone',
    given: { handover: 'Drain', report: holding(), agentLost: true, stopped: true },
    want: ['Blocked', 'ReduceOnly', false],
  },

  { when: 'it is to be flattened', given: { handover: 'Flatten', report: holding() }, want: ['Flattening', 'Flatten', false] },
  { when: 'it is to be flattened and could still grow', given: { handover: 'Flatten' }, want: ['Flattening', 'Flatten', false] },
  {
    when: 'it is flat and the old agent still ends',
    given: { handover: 'Flatten', report: report({ mode: 'Flatten' }) },
    want: ['Stopping', 'Flatten', false],
  },
  {
    when: 'it is flat',
    given: { handover: 'Flatten', report: report({ mode: 'Flatten' }), stopped: true },
    want: ['Fencing', 'Flatten', false],
  },
  {
    when: 'it is flattened and halted',
    given: { handover: 'Flatten', report: holding(), desiredState: 'Halted' },
    want: ['Suspended', 'Normal', false],
  },
  {
    when: 'it was halted and holds nothing',
    given: { handover: 'Flatten', report: report({ desiredState: 'Halted' }), desiredState: 'Halted', stopped: true },
    want: ['Fencing', 'Normal', false],
  },
];
for (const { when, given, want } of cases) {
  test(`rolloutStep: is ${want[0]} with exec in ${want[1]}, when ${when}`, () => {
    const { phase, mode, keepsAgent, message } = rolloutStep(input(given));
    assert.deepEqual([phase, mode, keepsAgent], want);
    assert.ok(message.length > 10);
  });
}

test('rolloutStep: counts what it waits for, and names what exec waits for', () => {
  const waiting = holding({
    openOrders: 2,
    mode: 'Flatten',
    flatten: { startedAt: '2026-01-01T00:00:00Z', orderCount: 0, waitsFor: 'TRADING_HALTED' },
  });
  const { message } = rolloutStep(input({ handover: 'Flatten', report: waiting }));
  assert.match(message, /2 open orders and 1 position; it waits because of TRADING_HALTED/);
});
