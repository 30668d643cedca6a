import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { StrategyConfig } from '../config/strategy-config.ts';
import { configFixture } from '../testing/fixtures.ts';
import type { GateState } from './gate-state.ts';
import { gateOfStrategy } from './strategy-gate.ts';

const ACTIVE: GateState = { tradingState: 'ACTIVE', code: undefined, message: '' };
const REDUCING: GateState = { tradingState: 'REDUCING', code: 'RECONCILE_MISMATCH', message: 'the account reduces' };
const HALTED: GateState = { tradingState: 'HALTED', code: 'TRADING_HALTED', message: 'the account is halted' };

function strategy(overrides: Partial<StrategyConfig>): StrategyConfig {
  const [config] = configFixture({ strategies: [overrides] }).strategies;
  assert.ok(config !== undefined);
  return config;
}

for (const { reason, account, config, isOwn = false, want } of [
  { reason: 'the strategy runs', account: ACTIVE, config: strategy({}), want: ['ACTIVE', undefined] },
  { reason: 'the strategy is not configured', account: REDUCING, config: undefined, want: ['REDUCING', 'RECONCILE_MISMATCH'] },
  { reason: 'the strategy is halted', account: ACTIVE, config: strategy({ desiredState: 'Halted' }), want: ['HALTED', 'STRATEGY_HALTED'] },
  {
    reason: 'the strategy is halted and the account reduces',
    account: REDUCING,
    config: strategy({ desiredState: 'Halted' }),
    want: ['HALTED', 'STRATEGY_HALTED'],
  },
  {
    reason: 'the strategy is halted, for exec’s own order',
    account: ACTIVE,
    config: strategy({ desiredState: 'Halted' }),
    isOwn: true,
    want: ['HALTED', 'STRATEGY_HALTED'],
  },
  {
    reason: 'the strategy is paused and the account is halted',
    account: HALTED,
    config: strategy({ desiredState: 'Paused' }),
    want: ['HALTED', 'TRADING_HALTED'],
  },
  {
    reason: 'exec closes the positions of the strategy',
    account: ACTIVE,
    config: strategy({ mode: 'Flatten' }),
    want: ['HALTED', 'STRATEGY_FLATTENING'],
  },
  {
    reason: 'exec closes the positions of the strategy, for exec’s own order',
    account: ACTIVE,
    config: strategy({ mode: 'Flatten' }),
    isOwn: true,
    want: ['ACTIVE', undefined],
  },
  {
    reason: 'exec closes the positions of the strategy and the account reduces',
    account: REDUCING,
    config: strategy({ mode: 'Flatten' }),
    want: ['HALTED', 'STRATEGY_FLATTENING'],
  },
  {
    reason: 'the strategy is paused',
    account: ACTIVE,
    config: strategy({ desiredState: 'Paused' }),
    want: ['REDUCING', 'STRATEGY_NOT_RUNNING'],
  },
  {
    reason: 'the strategy is paused and the account reduces',
    account: REDUCING,
    config: strategy({ desiredState: 'Paused' }),
    want: ['REDUCING', 'RECONCILE_MISMATCH'],
  },
  { reason: 'the strategy drains', account: ACTIVE, config: strategy({ mode: 'ReduceOnly' }), want: ['REDUCING', 'TRADING_REDUCE_ONLY'] },
  {
    reason: 'the strategy drains and the account reduces',
    account: REDUCING,
    config: strategy({ mode: 'ReduceOnly' }),
    want: ['REDUCING', 'RECONCILE_MISMATCH'],
  },
  { reason: 'the account reduces', account: REDUCING, config: strategy({}), want: ['REDUCING', 'RECONCILE_MISMATCH'] },
] as const) {
  test(`gateOfStrategy: is ${want[0]}${want[1] === undefined ? '' : ` for ${want[1]}`}, when ${reason}`, () => {
    const { tradingState, code } = gateOfStrategy(account, config, isOwn);
    assert.deepEqual([tradingState, code], want);
  });
}
