import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { KillSwitch, KillSwitchStatus } from '@flotilla/contracts/resources/kill-switch.ts';
import { haltSteps } from './halt-steps.ts';

const withStatus = (status: Partial<KillSwitchStatus>) => ({ status }) as KillSwitch;
const halted = {
  namespace: 'trading',
  name: 'main',
  phase: 'Halted',
  observedAt: '2026-11-21T12:00:00.100Z',
  publishedAt: '2026-11-21T12:00:00.103Z',
  gateClosedAt: '2026-11-21T12:00:00.109Z',
  restingCancelledAt: '2026-11-21T12:00:00.111Z',
  restingCancelledCount: 3,
  zeroOpenOrdersVerifiedAt: '2026-11-21T12:00:00.150Z',
  agentsScaledToZeroAt: '2026-11-21T12:00:01.100Z',
} as const;

test('haltSteps: lists what has happened with its distance from when the operator saw it, in order of time', () => {
  const steps = haltSteps(withStatus({ portfolios: [halted] }));
  assert.deepEqual(
    steps.map(({ step, afterMs }) => [step, afterMs]),
    [
      ['operator saw the KillSwitch', 0],
      ['halt stored on the bus', 3],
      ['order gate closed', 9],
      ['resting orders cancelled (3)', 11],
      ['no order open, confirmed twice', 50],
      ['agents scaled to zero', 1_000],
    ],
  );
  assert.ok(steps.every(({ portfolio }) => portfolio === 'trading/main'));
});

test('haltSteps: leaves out what has not happened yet', () => {
  const { namespace, name, observedAt } = halted;
  const steps = haltSteps(withStatus({ portfolios: [{ namespace, name, phase: 'Closing', observedAt }] }));
  assert.deepEqual(
    steps.map(({ step }) => step),
    ['operator saw the KillSwitch'],
  );
  assert.deepEqual(haltSteps({} as KillSwitch), []);
});
