import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ORDER_VALIDITY_MS_MAX } from '@flotilla/contracts';
import { coreUnderTest } from '../testing/core-under-test.ts';
import { intentFixture, START_MS } from '../testing/fixtures.ts';
import { send } from '../testing/send.ts';
import { forgetOldOrders, TERMINAL_ORDER_RETENTION_MS } from './order-book.ts';

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
  const bound = new Date(START_MS + ORDER_VALIDITY_MS_MAX);
  assert.deepEqual(send(world, intentFixture('bound', { expiresAt: bound.toISOString() })), []);
  const above = new Date(START_MS + ORDER_VALIDITY_MS_MAX + 1);
  assert.deepEqual(send(world, intentFixture('above', { expiresAt: above.toISOString() })), ['INTENT_INVALID']);
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

test('forgetOldOrders: keeps an open order, whatever the time', async () => {
  const { world, book } = await withOrders([]);
  send(world, intentFixture('rests', { type: 'LIMIT', limitPrice: '90', timeInForce: 'GTC' }));
  forgetOldOrders(book, START_MS + 10 * ORDER_VALIDITY_MS_MAX, 10);
  assert.equal(book.orders.size, 1);
});
