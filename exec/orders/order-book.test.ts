import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AssertionError, formatTime, ORDER_VALIDITY_MS_MAX, type OrderEvent, parseUnits } from '@flotilla/contracts';
import { coreUnderTest } from '../testing/core-under-test.ts';
import { INSTRUMENT, intentFixture, START_MS, STRATEGY } from '../testing/fixtures.ts';
import { fillOf, orderEventFixture } from '../testing/order-events.ts';
import { send } from '../testing/send.ts';
import { isOwnOrder } from './order.ts';
import {
  forgetOldOrders,
  makeOrderBook,
  openOf,
  openOfInstrument,
  recordFill,
  recordOrderEvent,
  restoreOrderBook,
  TERMINAL_ORDER_RETENTION_MS,
} from './order-book.ts';

const FAR = '9999-12-31T23:59:59Z';
/** All orders of the fixture expire 30 s after the start. */
const FORGOTTEN_AT_MS = START_MS + 30_000 + TERMINAL_ORDER_RETENTION_MS;

async function withOrders(expiries: readonly (string | undefined)[]) {
  const world = await coreUnderTest();
  world.quote('100', '101', '1000');
  for (const [index, expiresAt] of expiries.entries())
    send(world, intentFixture(`i${index}`, expiresAt === undefined ? {} : { expiresAt }));
  const left = () => [...world.state.orders.orders.values()].map(({ intentId }) => intentId).sort();
  return { world, book: world.state.orders, left };
}

test('intent: is denied, when it expires in the year 9999', async () => {
  const { world } = await withOrders([]);
  assert.deepEqual(send(world, intentFixture('far', { expiresAt: FAR })), ['INTENT_INVALID']);
  const bound = formatTime(START_MS + ORDER_VALIDITY_MS_MAX);
  assert.deepEqual(send(world, intentFixture('bound', { expiresAt: bound })), []);
  const above = formatTime(START_MS + ORDER_VALIDITY_MS_MAX + 1);
  assert.deepEqual(send(world, intentFixture('above', { expiresAt: above })), ['INTENT_INVALID']);
});

test('forgetOldOrders: forgets the others, when the oldest expires in the year 9999', async () => {
  const { book, left } = await withOrders([FAR, undefined, undefined]);
  forgetOldOrders(book, FORGOTTEN_AT_MS, 10);
  assert.deepEqual(left(), ['i0', 'i1', 'i2'], 'not before their time');
  forgetOldOrders(book, FORGOTTEN_AT_MS + 1, 10);
  assert.deepEqual(left(), ['i0']);
});

test('forgetOldOrders: forgets an order by the time of its decision, when its expiry lies far ahead or names a day that does not exist', async () => {
  const { book, left } = await withOrders([FAR, '2026-13-41T12:00:00Z']);
  forgetOldOrders(book, START_MS + ORDER_VALIDITY_MS_MAX + TERMINAL_ORDER_RETENTION_MS, 10);
  assert.deepEqual(left(), ['i0', 'i1']);
  forgetOldOrders(book, START_MS + ORDER_VALIDITY_MS_MAX + TERMINAL_ORDER_RETENTION_MS + 1, 10);
  assert.deepEqual(left(), []);
});

test('forgetOldOrders: comes to every order, when one call looks at two', async () => {
  const { book, left } = await withOrders([FAR, undefined, FAR, undefined, undefined]);
  for (let call = 0; call < 3; call += 1) forgetOldOrders(book, FORGOTTEN_AT_MS + 1, 2);
  assert.deepEqual(left(), ['i0', 'i2']);
});

test('intent: lets exec forget old orders, so that memory stays bounded while intents come', async () => {
  const { world, left } = await withOrders(Array.from({ length: 20 }, () => undefined));
  world.advance(FORGOTTEN_AT_MS + 1 - START_MS);
  for (const id of ['n0', 'n1', 'n2']) send(world, intentFixture(id, {}, world.nowMs()));
  assert.deepEqual(left(), ['n0', 'n1', 'n2']);
});

test('forgetOldOrders: keeps an open order, whatever the time', async () => {
  const { world, book } = await withOrders([]);
  send(world, intentFixture('rests', { type: 'LIMIT', limitPrice: '90', timeInForce: 'GTC' }));
  forgetOldOrders(book, START_MS + 10 * ORDER_VALIDITY_MS_MAX, 10);
  assert.equal(book.orders.size, 1);
});

const buy = (ordinal: number, status: OrderEvent['status'], more: Partial<OrderEvent> = {}) =>
  orderEventFixture({ ordinal, status, ...more });
const sell = (ordinal: number, status: OrderEvent['status']) =>
  orderEventFixture({ ordinal, status, side: 'SELL', orderId: 'order-2', quantity: '3' });
const units = (buys: string, sells: string) => ({ buy: parseUnits(buys), sell: parseUnits(sells) });

test('openOf: counts what may still trade on each side, from acceptance over fills to the end', () => {
  const book = makeOrderBook();
  const open = () => openOf(book, STRATEGY, INSTRUMENT);
  assert.deepEqual(open(), units('0', '0'));
  recordOrderEvent(book, buy(0, 'ACCEPTED'), undefined);
  assert.deepEqual(open(), units('1', '0'), 'a buy is accepted');
  recordOrderEvent(book, sell(0, 'ACCEPTED'), undefined);
  assert.deepEqual(open(), units('1', '3'), 'a sell is accepted');
  recordFill(book, fillOf('t1', '0.4'));
  assert.deepEqual(open(), units('0.6', '3'), 'a part of the buy has traded');
  recordOrderEvent(book, buy(1, 'CANCELLED', { filledQuantity: '0.4' }), undefined);
  assert.deepEqual(open(), units('0', '3'), 'the buy is cancelled, and the sell stays');
  recordOrderEvent(book, sell(1, 'EXPIRED'), undefined);
  assert.deepEqual([open(), book.openByPosition.size, book.openByInstrument.size], [units('0', '0'), 0, 0], 'nothing is open');
});

test('openOf: counts the smallest quantity that can trade', () => {
  const book = makeOrderBook();
  recordOrderEvent(book, buy(0, 'ACCEPTED', { quantity: '0.000000000000000001' }), undefined);
  assert.deepEqual(openOf(book, STRATEGY, INSTRUMENT), { buy: 1n, sell: 0n });
});

test('openOfInstrument: counts the orders of every strategy on the instrument, and no others', () => {
  const book = makeOrderBook();
  recordOrderEvent(book, buy(0, 'ACCEPTED'), undefined);
  recordOrderEvent(book, buy(0, 'ACCEPTED', { orderId: 'order-3', strategy: 'other', quantity: '5' }), undefined);
  recordOrderEvent(book, buy(0, 'ACCEPTED', { orderId: 'order-4', instrument: 'SPY', quantity: '7' }), undefined);
  assert.deepEqual(openOfInstrument(book, INSTRUMENT), units('6', '0'));
  assert.deepEqual(openOf(book, 'other', INSTRUMENT), units('5', '0'));
  assert.deepEqual(openOfInstrument(book, 'SPY'), units('7', '0'));
  assert.deepEqual(openOfInstrument(book, 'ETH-USD'), units('0', '0'));
});

test('recordOrderEvent: keeps a denied order, and opens nothing for it', () => {
  const book = makeOrderBook();
  assert.equal(recordOrderEvent(book, buy(0, 'DENIED'), undefined)?.status, 'DENIED');
  assert.deepEqual([book.orders.size, book.open.size, book.openByPosition.size], [1, 0, 0]);
});

test('recordOrderEvent: gives undefined and changes nothing, when the event was recorded before', () => {
  const book = makeOrderBook();
  recordOrderEvent(book, buy(0, 'ACCEPTED'), undefined);
  recordOrderEvent(book, buy(1, 'RESTING'), undefined);
  assert.equal(recordOrderEvent(book, buy(0, 'ACCEPTED'), undefined), undefined);
  assert.equal(recordOrderEvent(book, buy(1, 'RESTING'), undefined), undefined);
  assert.equal(book.orders.get('order-1')?.status, 'RESTING');
  assert.equal(recordOrderEvent(book, buy(2, 'CANCELLED'), undefined)?.status, 'CANCELLED');
  assert.equal(book.open.size, 0);
});

test('recordFill: books a trade once, and none of an order that is not known', () => {
  const book = makeOrderBook();
  assert.equal(recordFill(book, fillOf('t1', '0.4')), undefined);
  recordOrderEvent(book, buy(0, 'ACCEPTED'), undefined);
  assert.equal(recordFill(book, fillOf('t1', '0.4'))?.filled, parseUnits('0.4'));
  assert.equal(recordFill(book, fillOf('t1', '0.4')), undefined);
  assert.equal(book.orders.get('order-1')?.filled, parseUnits('0.4'));
});

test('isOwnOrder: is true only of an order that stands for itself', () => {
  assert.equal(isOwnOrder({ orderId: 'a', intentId: 'a' }), true);
  assert.equal(isOwnOrder({ orderId: 'a', intentId: 'b' }), false);
});

test('restoreOrderBook: is the book of before, and ends by an assertion when the open orders are not those that have not ended', () => {
  const book = makeOrderBook();
  recordOrderEvent(book, orderEventFixture({ orderId: 'open' }), undefined);
  recordOrderEvent(book, orderEventFixture({ orderId: 'ended' }), undefined);
  recordOrderEvent(book, orderEventFixture({ orderId: 'ended', ordinal: 1, status: 'CANCELLED' }), undefined);
  const orders = [...book.orders.values()];
  assert.deepEqual(restoreOrderBook(orders, ['open']), book);
  for (const openIds of [[], ['open', 'ended'], ['open', 'unknown']])
    assert.throws(() => restoreOrderBook(orders, openIds), AssertionError, openIds.join(' '));
});
