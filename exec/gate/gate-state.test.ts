import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type GateInputs, gateStateOf } from './gate-state.ts';

const OPEN: GateInputs = {
  halt: { state: 'RELEASED', generation: 0 },
  haltConfirmedAtMs: 1_000,
  monotonicMs: 1_000,
  owner: true,
  reconciled: true,
  configProblem: undefined,
};

const CASES: readonly (readonly [reason: string, change: Partial<GateInputs>, tradingState: string, code: string | undefined])[] = [
  ['every input is known and healthy', {}, 'ACTIVE', undefined],
  ['the last look is exactly two seconds old', { monotonicMs: 3_000 }, 'ACTIVE', undefined],
  ['the last look is older than two seconds', { monotonicMs: 3_001 }, 'REDUCING', 'CONTROL_UNKNOWN'],
  ['no look has ever succeeded', { haltConfirmedAtMs: undefined }, 'REDUCING', 'CONTROL_UNKNOWN'],
  ['no halt record was found', { halt: { state: 'UNKNOWN', problem: 'none' } }, 'REDUCING', 'CONTROL_UNKNOWN'],
  ['exec has not read a configuration', { configProblem: 'no configuration has been read yet' }, 'REDUCING', 'POLICY_MISSING'],
  ['the ledger disagrees with the venue', { reconciled: false }, 'REDUCING', 'RECONCILE_MISMATCH'],
  ['a halt allows reductions', { halt: { state: 'ENGAGED', generation: 1, mode: 'ReduceOnly' } }, 'REDUCING', 'TRADING_REDUCE_ONLY'],
  ['a halt holds all orders', { halt: { state: 'ENGAGED', generation: 1, mode: 'CancelAndHold' } }, 'HALTED', 'TRADING_HALTED'],
  ['a halt in mode Flatten holds all orders', { halt: { state: 'ENGAGED', generation: 1, mode: 'Flatten' } }, 'HALTED', 'TRADING_HALTED'],
  [
    'a halt holds all orders and no other input is known',
    { halt: { state: 'ENGAGED', generation: 1, mode: 'CancelAndHold' }, configProblem: 'none', haltConfirmedAtMs: undefined },
    'HALTED',
    'TRADING_HALTED',
  ],
  ['another instance owns the portfolio', { owner: false }, 'HALTED', 'CONTROL_UNKNOWN'],
];

for (const [reason, change, tradingState, code] of CASES) {
  test(`gateStateOf: is ${tradingState}, when ${reason}`, () => {
    const state = gateStateOf({ ...OPEN, ...change });
    assert.deepEqual([state.tradingState, state.code], [tradingState, code]);
  });
}
