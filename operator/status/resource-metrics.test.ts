import assert from 'node:assert/strict';
import { test } from 'node:test';
import { portfolio, strategy, makeObject } from '../testing/objects.ts';
import { makeMetrics } from '@flotilla/runtime/metrics.ts';
import { countByReason, countKillSwitches, countStrategies, haltSteps, tradingStates, watchResources } from './resource-metrics.ts';
import { ready, stalled, statusBase } from './standard-conditions.ts';

const running = { ...strategy, status: { ...statusBase(strategy, ready('Running', ''), 0), state: 'Running' } };
const blocked = { ...strategy, status: { ...statusBase(strategy, stalled('PortfolioNotFound', ''), 0), state: 'Blocked' } };

test('countByReason: counts by the condition that holds, and an unseen generation as New', () => {
  const edited = { ...running, metadata: { ...running.metadata, generation: 2 } };
  assert.deepEqual(countByReason('Strategy', [running, running, blocked, edited, strategy]), [
    { labels: { kind: 'Strategy', state: 'Ready', reason: 'Running' }, value: 2 },
    { labels: { kind: 'Strategy', state: 'Stalled', reason: 'PortfolioNotFound' }, value: 1 },
    { labels: { kind: 'Strategy', state: 'New', reason: '' }, value: 2 },
  ]);
});

test('countStrategies: counts by portfolio and state', () => {
  assert.deepEqual(countStrategies([running, running, blocked]), [
    { labels: { portfolio: 'main', state: 'Running' }, value: 2 },
    { labels: { portfolio: 'main', state: 'Blocked' }, value: 1 },
  ]);
});

test('tradingStates: is UNKNOWN, when no exec has reported', () => {
  const halted = { ...portfolio, status: { tradingState: 'HALTED', tradingReason: 'TRADING_HALTED' } };
  assert.deepEqual(tradingStates([portfolio, halted]), [
    { labels: { portfolio: 'main', state: 'UNKNOWN', reason: '' }, value: 1 },
    { labels: { portfolio: 'main', state: 'HALTED', reason: 'TRADING_HALTED' }, value: 1 },
  ]);
});

const stop = {
  ...makeObject('KillSwitch', 'stop', {}),
  status: {
    state: 'Engaged',
    portfolios: [{ namespace: 'trading', name: 'main', phase: 'Halted', gateClosedDurationMs: 12, zeroOpenOrdersDurationMs: 40 }],
  },
};

test('countKillSwitches: shows every state, so that an alert finds zero instead of nothing', () => {
  assert.deepEqual(countKillSwitches([stop]), [
    { labels: { state: 'Engaging' }, value: 0 },
    { labels: { state: 'Releasing' }, value: 0 },
    { labels: { state: 'Engaged' }, value: 1 },
  ]);
});

test('haltSteps: gives the steps that are done, in seconds', () => {
  assert.deepEqual(haltSteps([stop, makeObject('KillSwitch', 'new', {})]), [
    { labels: { kill_switch: 'stop', tenant: 'trading', portfolio: 'main', step: 'gate_closed' }, value: 0.012 },
    { labels: { kill_switch: 'stop', tenant: 'trading', portfolio: 'main', step: 'zero_open_orders' }, value: 0.04 },
  ]);
});

test('watchResources: gives the objects of each namespace its label', async () => {
  const listing = (kind: string, objects: readonly (typeof strategy)[] = []) => ({ type: { kind }, list: () => objects });
  const watchesOf = (strategies: readonly (typeof strategy)[]) => ({
    portfolios: listing('Portfolio'),
    strategies: listing('Strategy', strategies),
    riskPolicies: listing('RiskPolicy'),
    agentRoles: listing('AgentRole'),
    signalSources: listing('SignalSource'),
  });
  const metrics = makeMetrics('test');
  const measured = {
    killSwitches: listing('KillSwitch', [stop]),
    tenants: [
      { namespace: 'trading', watches: watchesOf([running]) },
      { namespace: 'desk', watches: watchesOf([blocked, blocked]) },
    ],
  } as unknown as ReturnType<Parameters<typeof watchResources>[1]>;
  watchResources(metrics, () => measured);
  const lines = (await metrics.render()).split('\n');
  assert.deepEqual(
    lines.filter((line) => line.startsWith('flotilla_strategies{') || line.startsWith('flotilla_resources{')),
    [
      'flotilla_resources{tenant="",kind="KillSwitch",state="New",reason=""} 1',
      'flotilla_resources{tenant="trading",kind="Strategy",state="Ready",reason="Running"} 1',
      'flotilla_resources{tenant="desk",kind="Strategy",state="Stalled",reason="PortfolioNotFound"} 2',
      'flotilla_strategies{tenant="trading",portfolio="main",state="Running"} 1',
      'flotilla_strategies{tenant="desk",portfolio="main",state="Blocked"} 2',
    ],
  );
});
