import assert from 'node:assert/strict';
import { test } from 'node:test';
import { makeInstrument, UNITS_PER_ONE } from '@flotilla/contracts';
import type { GateState } from '../gate/gate-state.ts';
import { policyFixture } from '../testing/fixtures.ts';
import { type FlattenInput, nextFlattenStep } from './next-step.ts';

const gateOf = (tradingState: GateState['tradingState']): GateState =>
  tradingState === 'ACTIVE' ? { tradingState, code: undefined, message: '' } : { tradingState, code: 'CONTROL_UNKNOWN', message: 'test' };
const LONG = {
  instrument: 'X',
  quantity: UNITS_PER_ONE,
  hasOpenOrder: false,
  accountClosable: UNITS_PER_ONE,
  price: 100n * UNITS_PER_ONE,
  definition: makeInstrument({ symbol: 'X', tickSize: '0.01', lotSize: '0.01' }),
};
/** Another strategy holds the opposite position, so the order does not reduce the position of the account. */
const OFFSET = { ...LONG, accountClosable: 0n };
const INPUT: FlattenInput = {
  positions: [LONG],
  hasOpenOrders: false,
  isDue: () => true,
  policy: policyFixture(),
  messagesWithinSecond: 0,
  gate: gateOf('ACTIVE'),
};
const order = (reduceOnly: boolean) => ({ instrument: 'X', side: 'SELL' as const, quantity: UNITS_PER_ONE, reduceOnly });

for (const { when, change, want } of [
  { when: 'no position and no order is open', change: { positions: [] }, want: { kind: 'FLAT' } },
  { when: 'only an order is open', change: { positions: [], hasOpenOrders: true }, want: { kind: 'SEND', orders: [] } },
  { when: 'a position is due', change: {}, want: { kind: 'SEND', orders: [order(true)] } },
  { when: 'no position is due', change: { isDue: () => false }, want: { kind: 'SEND', orders: [] } },
  {
    when: 'the order of the position is open',
    change: { positions: [{ ...LONG, hasOpenOrder: true }] },
    want: { kind: 'WAIT', waitsFor: undefined },
  },
  {
    when: 'a price is missing',
    change: { positions: [{ ...LONG, price: undefined }] },
    want: { kind: 'WAIT', waitsFor: 'MARKET_PRICE_MISSING' },
  },
  { when: 'the gate reduces', change: { gate: gateOf('REDUCING') }, want: { kind: 'SEND', orders: [order(true)] } },
  {
    when: 'the gate is open for an order that is not a reduction',
    change: { positions: [OFFSET] },
    want: { kind: 'SEND', orders: [order(false)] },
  },
  {
    when: 'the gate reduces and the order is not a reduction',
    change: { positions: [OFFSET], gate: gateOf('REDUCING') },
    want: { kind: 'WAIT', waitsFor: 'CONTROL_UNKNOWN' },
  },
  { when: 'the gate holds all orders', change: { gate: gateOf('HALTED') }, want: { kind: 'WAIT', waitsFor: 'CONTROL_UNKNOWN' } },
]) {
  test(`nextFlattenStep: gives ${want.kind}, when ${when}`, () => assert.deepEqual(nextFlattenStep({ ...INPUT, ...change }), want));
}
