import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AssertionError, type OrderEvent, type OrderStatus, parseUnits } from '@flotilla/contracts';
import { fillOf, orderEventFixture } from '../testing/order-events.ts';
import { START_MS } from '../testing/fixtures.ts';
import type { Order } from './order.ts';
import { applyFill, applyOrderEvent, mayFollow, orderFromEvent } from './transition.ts';

const STATUSES: readonly OrderStatus[] = [
  'DENIED',
  'ACCEPTED',
  'RESTING',
  'PARTIALLY_FILLED',
  'FILLED',
  'CANCELLED',
  'EXPIRED',
  'REJECTED',
];
const ENDS: readonly OrderStatus[] = ['FILLED', 'CANCELLED', 'EXPIRED', 'REJECTED'];

const accepted = (overrides: Partial<OrderEvent> = {}): Order => orderFromEvent(orderEventFixture(overrides), 'trace');
const after = (order: Order, status: OrderStatus, filledQuantity = '0'): Order =>
  applyOrderEvent(order, orderEventFixture({ ordinal: order.nextOrdinal, status, filledQuantity }));

for (const { from, reason, to } of [
  { from: 'ACCEPTED', reason: 'the venue has answered in any way', to: ['RESTING', 'PARTIALLY_FILLED', ...ENDS] },
  { from: 'RESTING', reason: 'a part or all of it trades, or it ends', to: ['PARTIALLY_FILLED', ...ENDS] },
  { from: 'PARTIALLY_FILLED', reason: 'another part trades, or it ends', to: ['PARTIALLY_FILLED', ...ENDS] },
  ...(['DENIED', ...ENDS] as const).map((from) => ({ from, reason: 'a terminal order stays as it is', to: [] })),
] as const) {
  test(`mayFollow: allows ${to.join(', ') || 'nothing'} after ${from}, because ${reason}`, () => {
    assert.deepEqual(
      STATUSES.filter((status) => mayFollow(from, status)),
      to,
    );
  });
}

test('orderFromEvent: takes quantity, limit and the time of the decision from an accepted order', () => {
  const order = accepted();
  assert.deepEqual([order.quantity, order.limitPrice], [parseUnits('1'), parseUnits('100')]);
  assert.deepEqual([order.filled, order.reportedFilled, order.nextOrdinal, order.tradeIds], [0n, 0n, 1, []]);
  assert.deepEqual([order.decidedAtMs, order.traceparent, order.causationId], [START_MS, 'trace', 'DECISIONS:7']);
  const { limitPrice: _, ...market } = orderEventFixture({ type: 'MARKET' });
  assert.equal(orderFromEvent(market, undefined).limitPrice, undefined);
});

test('orderFromEvent: reads no numbers of a denied order, because no arithmetic may take them', () => {
  const denied = accepted({ status: 'DENIED', quantity: '1e400', limitPrice: 'NaN' });
  assert.deepEqual([denied.status, denied.quantity, denied.limitPrice], ['DENIED', 0n, undefined]);
});

for (const { reason, event } of [
  { reason: 'the first event has ordinal 1', event: { ordinal: 1 } },
  { reason: 'the first event says RESTING', event: { status: 'RESTING' } },
  { reason: 'the first event says FILLED', event: { status: 'FILLED' } },
] as const) {
  test(`orderFromEvent: ends by an assertion, when ${reason}`, () => {
    assert.throws(() => accepted(event), AssertionError);
  });
}

test('applyOrderEvent: moves status, ordinal and reported quantity, and leaves the fills as booked', () => {
  const order = after(accepted(), 'PARTIALLY_FILLED', '0.4');
  assert.deepEqual([order.status, order.nextOrdinal, order.reportedFilled, order.filled], ['PARTIALLY_FILLED', 2, parseUnits('0.4'), 0n]);
});

for (const ordinal of [0, 2]) {
  test(`applyOrderEvent: ends by an assertion, when event ${ordinal} comes after event 0`, () => {
    assert.throws(() => applyOrderEvent(accepted(), orderEventFixture({ ordinal, status: 'RESTING' })), AssertionError);
  });
}

test('applyOrderEvent: ends by an assertion, when a cancelled order is said to rest', () => {
  assert.throws(() => after(after(accepted(), 'CANCELLED'), 'RESTING'), AssertionError);
});

test('applyFill: adds up to the quantity of the order, and not one unit more', () => {
  const part = applyFill(accepted(), fillOf('t1', '0.4'));
  assert.deepEqual([part.status, part.filled, part.tradeIds], ['PARTIALLY_FILLED', parseUnits('0.4'), ['t1']]);
  const whole = applyFill(part, fillOf('t2', '0.6'));
  assert.deepEqual([whole.status, whole.filled, whole.tradeIds], ['PARTIALLY_FILLED', parseUnits('1'), ['t1', 't2']]);
  assert.throws(() => applyFill(part, fillOf('t2', '0.600000000000000001')), AssertionError);
});

test('applyFill: ends by an assertion, when the trade is booked already', () => {
  assert.throws(() => applyFill(applyFill(accepted(), fillOf('t1', '0.4')), fillOf('t1', '0.1')), AssertionError);
});

test('applyFill: a cancelled order takes what its last event has counted and stays cancelled, and not one unit more', () => {
  const cancelled = after(accepted(), 'CANCELLED', '0.4');
  const late = applyFill(cancelled, fillOf('t1', '0.4'));
  assert.deepEqual([late.status, late.filled], ['CANCELLED', parseUnits('0.4')]);
  assert.throws(() => applyFill(cancelled, fillOf('t1', '0.400000000000000001')), AssertionError);
});
