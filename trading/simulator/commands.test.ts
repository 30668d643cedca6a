/** Commands of the simulator on their way, changes of orders, and the time at which the sender hears of a report. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AssertionError } from '@flotilla/contracts/errors/assert.ts';
import { BUY } from '../orders/order.ts';
import { ENDED_IDS_MAX, OPEN_ORDERS_MAX } from './held-orders.ts';
import { CHANGES_MAX } from './simulator.ts';
import {
  briefOf,
  buy,
  cancel,
  cancelAll,
  limit,
  phase,
  quote,
  requestOf,
  sell,
  simulatorOf,
  START_MS,
  update,
  wait,
  worldOf,
} from './testing/scenario.ts';
import { tellStories } from './testing/tell-stories.ts';

const shown = quote(100, 5, 101, 5);
const slow = { models: { latency: { kind: 'FIXED', commandMs: 10, reportMs: 5 } } } as const;

tellStories('latency', [
  {
    reason: 'an order meets the market of its arrival',
    given: slow,
    when: [shown, buy(1, 1), wait(5), quote(100, 5, 103, 5), wait(5)],
    want: ['1 1@103 TAKER'],
  },
  {
    reason: 'an order comes before a quote of the same millisecond',
    given: slow,
    when: [shown, buy(1, 1), (world) => ((world.nowMs += 10), []), quote(100, 5, 103, 5)],
    want: ['1 1@101 TAKER'],
  },
  {
    reason: 'an order trades before the cancel reaches it, and the cancel is refused',
    given: slow,
    when: [shown, buy(1, 1, limit(99)), wait(10), cancel(1), quote(97, 5, 98, 5), wait(10)],
    want: ['1 1@99 MAKER', '1 CANCEL_REFUSED UNKNOWN_ORDER'],
  },
  {
    reason: 'a part trades before the cancel reaches the order, and the rest is cancelled',
    given: slow,
    when: [shown, buy(1, 3, limit(99)), wait(10), cancel(1), quote(97, 5, 98, 2), wait(10)],
    want: ['1 2@99 MAKER', '1 CANCELED REQUESTED'],
  },
  {
    reason: 'a cancel never overtakes its order',
    given: slow,
    when: [shown, buy(1, 1, limit(99)), cancel(1), wait(10)],
    want: ['1 CANCELED REQUESTED'],
  },
  {
    reason: 'a market order trades before a cancel that was sent at once',
    given: slow,
    when: [shown, buy(1, 1), cancel(1), wait(10)],
    want: ['1 1@101 TAKER', '1 CANCEL_REFUSED UNKNOWN_ORDER'],
  },
  {
    reason: 'an order that arrives after its validity expires',
    given: slow,
    when: [shown, buy(1, 1, { validUntilMs: START_MS + 9 }), wait(10)],
    want: ['1 EXPIRED ARRIVED_TOO_LATE'],
  },
  {
    reason: 'an order that arrives in the last millisecond of its validity is taken',
    given: slow,
    when: [shown, buy(1, 1, { validUntilMs: START_MS + 10 }), wait(10)],
    want: ['1 1@101 TAKER'],
  },
  {
    reason: 'a second cancel is refused while the first is on its way',
    given: slow,
    when: [buy(1, 1, limit(99)), cancel(1), cancel(1)],
    want: ['1 CANCEL_REFUSED CANCEL_PENDING'],
  },
  {
    reason: 'a cancel of everything cancels orders that rest and orders on their way',
    given: slow,
    when: [shown, buy(1, 1, limit(99)), wait(10), sell(2, 1, limit(102)), cancelAll, wait(10)],
    want: ['1 CANCELED REQUESTED', '2 CANCELED REQUESTED'],
  },
  {
    reason: 'a cancel of everything sends no second cancel',
    given: slow,
    when: [buy(1, 1, limit(99)), cancel(1), cancelAll, wait(10)],
    want: ['1 CANCELED REQUESTED'],
  },
  {
    reason: 'an order trades by its old terms before a change reaches it',
    given: slow,
    when: [shown, buy(1, 3, limit(99)), wait(10), update(1, 3, 97), quote(97, 5, 98, 2), wait(10)],
    want: ['1 2@99 MAKER', '1 UPDATED 3@97'],
  },
  {
    reason: 'a change that reaches an order after its end is refused',
    given: slow,
    when: [shown, buy(1, 1, limit(99)), wait(10), update(1, 3, 97), quote(97, 5, 98, 2), wait(10)],
    want: ['1 1@99 MAKER', '1 UPDATE_REFUSED UNKNOWN_ORDER'],
  },
  {
    reason: 'a change is refused while a cancel is on its way',
    given: slow,
    when: [buy(1, 1, limit(99)), cancel(1), update(1, 1, 98)],
    want: ['1 UPDATE_REFUSED CANCEL_PENDING'],
  },
  {
    reason: 'a cancel follows a change that is on its way',
    given: slow,
    when: [shown, buy(1, 1, limit(99)), wait(10), update(1, 1, 98), cancel(1), wait(10)],
    want: ['1 UPDATED 1@98', '1 CANCELED REQUESTED'],
  },
  {
    reason: 'an expiry comes before a cancel that arrives later',
    given: slow,
    when: [buy(1, 1, limit(99, { timeInForce: 'GTD', expiryMs: START_MS + 15 })), wait(10), cancel(1), wait(30)],
    want: ['1 EXPIRED EXPIRY_REACHED', '1 CANCEL_REFUSED UNKNOWN_ORDER'],
  },
  {
    reason: 'an order whose time passes on the way is rejected',
    given: slow,
    when: [buy(1, 1, limit(99, { timeInForce: 'GTD', expiryMs: START_MS + 5 })), wait(10)],
    want: ['1 REJECTED EXPIRY_PAST'],
  },
  {
    reason: 'a DAY order that arrives after the end of the session is rejected, and not kept for the next one',
    given: slow,
    when: [buy(1, 1, limit(99, { timeInForce: 'DAY' })), phase('CLOSED'), wait(10)],
    want: ['1 REJECTED SESSION_CLOSED'],
  },
  {
    reason: 'a post-only order is judged by the market of its arrival',
    given: slow,
    when: [shown, buy(1, 1, limit(101, { isPostOnly: true })), quote(101, 5, 102, 5), wait(10)],
    want: [],
  },
  {
    reason: 'a quote that grows too old on the way fills nothing',
    given: slow,
    when: [shown, wait(4_995), buy(1, 1), wait(10)],
    want: [],
  },
]);

tellStories('change', [
  {
    reason: 'a price that crosses trades at once',
    when: [shown, buy(1, 2, limit(99)), update(1, 2, 101)],
    want: ['1 UPDATED 2@101', '1 2@101 TAKER'],
  },
  {
    reason: 'a larger quantity trades too',
    when: [shown, buy(1, 1, limit(99)), update(1, 4, 99), quote(97, 5, 98, 9)],
    want: ['1 UPDATED 4@99', '1 4@99 MAKER'],
  },
  {
    reason: 'a quantity that has traded already ends the order',
    when: [shown, buy(1, 3, limit(99)), quote(97, 5, 98, 1), update(1, 1, 99), cancel(1)],
    want: ['1 1@99 MAKER', '1 UPDATED 1@99', '1 CANCEL_REFUSED UNKNOWN_ORDER'],
  },
  { reason: 'a market order cannot be changed', when: [buy(1, 1), update(1, 2, 99)], want: ['1 UPDATE_REFUSED MARKET_ORDER'] },
  { reason: 'zero lots are not a quantity', when: [buy(1, 1, limit(99)), update(1, 0, 99)], want: ['1 UPDATE_REFUSED QUANTITY_INVALID'] },
  { reason: 'a half tick is not a price', when: [buy(1, 1, limit(99)), update(1, 1, 99.5)], want: ['1 UPDATE_REFUSED PRICE_INVALID'] },
  { reason: 'an unknown order cannot be changed', when: [update(9, 1, 99)], want: ['9 UPDATE_REFUSED UNKNOWN_ORDER'] },
  {
    reason: 'a refused change leaves the order as it was',
    when: [shown, buy(1, 1, limit(99, { isPostOnly: true })), update(1, 5, 101), quote(97, 5, 98, 9)],
    want: ['1 UPDATE_REFUSED POST_ONLY_CROSSES', '1 1@99 MAKER'],
  },
  {
    reason: 'a changed order keeps its expiry',
    when: [buy(1, 1, limit(99, { timeInForce: 'GTD', expiryMs: START_MS + 50 })), update(1, 2, 98), wait(50)],
    want: ['1 UPDATED 2@98', '1 EXPIRED EXPIRY_REACHED'],
  },
  {
    reason: 'a closed session takes changes and cancels',
    when: [buy(1, 1, limit(99)), phase('CLOSED'), update(1, 2, 98), cancel(1)],
    want: ['1 UPDATED 2@98', '1 CANCELED REQUESTED'],
  },
]);

test('simulator: reports when each thing happened and when the sender hears of it, and no report overtakes another', () => {
  const world = worldOf(slow);
  const reports = [shown, buy(1, 1), wait(12)].flatMap((step) => step(world));
  assert.deepEqual(
    reports.map((report) => [briefOf(report), report.atMs - START_MS, report.heardMs - START_MS]),
    [
      ['1 ACCEPTED', 10, 15],
      ['1 1@101 TAKER', 10, 15],
    ],
  );
  const uneven = worldOf({ models: { latency: { kind: 'UNIFORM', msMin: 0, msMax: 50 } } });
  const commands = Array.from({ length: 100 }, (_, index) => buy(index, 1, limit(99)));
  const heard = [...commands, wait(60)].flatMap((step) => step(uneven));
  assert.deepEqual(
    heard.map(({ body }) => body.orderId),
    commands.map((_, index) => index),
  );
  assert.ok(heard.every(({ atMs, heardMs }, index) => heardMs >= atMs && heardMs >= (heard[index - 1]?.heardMs ?? 0)));
});

test('simulator: gives every trade the id of its order and its ordinal, on from where the order was before a restart', () => {
  const simulator = simulatorOf();
  const request = requestOf(7, BUY, 5, limit(99));
  simulator.restore([{ request, filledLots: 2, tradeCount: 2, arrivedMs: START_MS }], 2);
  assert.deepEqual(
    simulator.openOrders().map(({ order }) => order.leavesLots()),
    [3],
  );
  const reports = [1, 2].flatMap((lots, at) =>
    simulator.quote({ bidTicks: 97, askTicks: 98, bidLots: 1, askLots: lots }, START_MS + at, 0, START_MS + at),
  );
  assert.deepEqual(
    reports.map(({ body }) => (body.kind === 'FILLED' ? body.tradeId : body.kind)),
    ['7-2', '7-3'],
  );
  assert.equal(simulator.positionLots, 5);
  assert.equal(simulator.openOrders().length, 0);
});

test('simulator: expires what should have ended while the venue was not running', () => {
  const simulator = simulatorOf();
  const gtd = requestOf(1, BUY, 1, limit(99, { timeInForce: 'GTD', expiryMs: START_MS + 5 }));
  simulator.restore(
    [
      { request: gtd, filledLots: 0, tradeCount: 0, arrivedMs: START_MS },
      { request: requestOf(2, BUY, 1), filledLots: 0, tradeCount: 0, arrivedMs: START_MS },
    ],
    0,
  );
  assert.deepEqual(simulator.advance(START_MS + 90_000).map(briefOf), ['1 EXPIRED EXPIRY_REACHED', '2 CANCELED MARKET_ORDER_TOO_OLD']);
});

test('simulator: rejects an order beyond the bound on open orders, and takes one again when another has ended', () => {
  const simulator = simulatorOf();
  for (let orderId = 0; orderId < OPEN_ORDERS_MAX; orderId += 1) simulator.submit(requestOf(orderId, BUY, 1, limit(99)), START_MS);
  const beyond = requestOf(OPEN_ORDERS_MAX, BUY, 1, limit(99));
  assert.deepEqual(simulator.submit(beyond, START_MS).map(briefOf), [`${OPEN_ORDERS_MAX} REJECTED TOO_MANY_ORDERS`]);
  simulator.cancel(0, START_MS);
  const next = requestOf(OPEN_ORDERS_MAX + 1, BUY, 1, limit(99));
  assert.deepEqual(simulator.submit(next, START_MS).map(briefOf), [`${OPEN_ORDERS_MAX + 1} ACCEPTED`]);
});

test('simulator: refuses a change beyond the bound on changes that are on their way, and never a cancel', () => {
  const simulator = simulatorOf(slow);
  simulator.submit(requestOf(1, BUY, 1, limit(99)), START_MS);
  for (let count = 0; count < CHANGES_MAX; count += 1) simulator.update(1, { quantityLots: 1, limitTicks: 98 }, START_MS);
  assert.deepEqual(simulator.update(1, { quantityLots: 1, limitTicks: 98 }, START_MS).map(briefOf), ['1 UPDATE_REFUSED TOO_MANY_COMMANDS']);
  simulator.cancel(1, START_MS);
  const reports = simulator.advance(START_MS + 10);
  assert.equal(reports.length, 1 + CHANGES_MAX + 1);
  assert.equal(briefOf(reports.at(-1)!), '1 CANCELED REQUESTED');
});

test('simulator: forgets the oldest id of an ended order beyond the bound', () => {
  const simulator = simulatorOf();
  const request = (orderId: number) => requestOf(orderId, BUY, 0);
  for (let orderId = 0; orderId <= ENDED_IDS_MAX; orderId += 1) simulator.submit(request(orderId), START_MS);
  assert.deepEqual(simulator.submit(request(1), START_MS), [], 'the second oldest is remembered');
  assert.equal(simulator.submit(request(0), START_MS).length, 1, 'the oldest is forgotten');
});

test('simulator: counts data that changes nothing, and fails on a time before the last one', () => {
  const world = worldOf();
  for (const step of [shown, quote(97, 5, 98, 5, 1), quote(0, 5, 98, 5)]) step(world);
  assert.deepEqual(world.simulator.ignoredData, { lateCount: 1, unusableCount: 1 });
  assert.throws(() => world.simulator.advance(START_MS - 1), AssertionError);
});
