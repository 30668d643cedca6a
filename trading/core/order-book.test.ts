/** How long orders and their ids are known. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { orderWith } from '../testing/core-world.ts';
import { ENDED_ORDERS_MAX } from './core-terms.ts';
import { LiveOrder } from './live-order.ts';
import { MessageTimes } from './message-times.ts';
import { OrderBook } from './order-book.ts';

test('OrderBook: keeps ended orders up to its bound, and the ids of older ones', () => {
  const book = new OrderBook();
  for (let orderId = 1; orderId <= ENDED_ORDERS_MAX + 2; orderId += 1) {
    const live = new LiveOrder(orderWith({ orderId }), 100);
    book.add(live);
    assert.equal(book.openCount, 1);
    book.end(live);
  }
  assert.equal(book.openCount, 0);
  assert.deepEqual(
    [1, 2, 3, ENDED_ORDERS_MAX + 2].map((orderId) => [book.find(orderId) !== undefined, book.knows(orderId)]),
    [
      [false, true],
      [false, true],
      [true, true],
      [true, true],
    ],
  );
  assert.equal(book.all().length, ENDED_ORDERS_MAX);
  assert.equal(book.knows(ENDED_ORDERS_MAX + 3), false);
  assert.throws(() => book.end(new LiveOrder(orderWith(), 1)), /no more orders to end than were open/);
});

test('MessageTimes: is full with as many orders within a second as its limit, and free a second after the oldest', () => {
  const times = new MessageTimes(2);
  times.note(1_000);
  assert.equal(times.isFull(1_000), false);
  times.note(1_400);
  assert.deepEqual([times.isFull(1_999), times.isFull(2_000)], [true, false]);
  times.note(2_000);
  assert.deepEqual([times.isFull(2_399), times.isFull(2_400)], [true, false]);
});
