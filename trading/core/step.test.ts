/** The core as one function, and what its reports of the venue may and may not do. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ExactSum } from '../numbers/exact-sum.ts';
import { BUY, SELL } from '../orders/order.ts';
import { BTC, CORE_TERMS, DAY, limitsWith, openCore, orderWith, START_MS, usd } from '../testing/core-world.ts';
import { Core } from './core.ts';
import type { CoreEvent } from './core-event.ts';
import type { CoreInput } from './core-input.ts';
import { step } from './step.ts';

const fee = new ExactSum();
const sides = { bidTicks: 99, askTicks: 101, bidLots: 10, askLots: 10 };

function trade(orderId: number, ordinal: number, quantityLots: number) {
  return { kind: 'FILLED', orderId, tradeId: `${orderId}-${ordinal}`, priceTicks: 100, quantityLots, liquidity: 'TAKER', fee } as const;
}

function kindsOf(events: readonly CoreEvent[]): readonly string[] {
  return events.map((event) => (event.kind === 'STATUS' ? event.status : event.kind === 'QUARANTINED' ? event.reason : event.kind));
}

test('step: takes every kind of input, and gives what the methods of the core give', () => {
  const core = new Core(CORE_TERMS);
  const order = orderWith({ quantityLots: 3 });
  const { orderId } = order;
  const inputs: readonly (readonly [CoreInput, readonly string[]])[] = [
    [{ kind: 'CAPITAL', money: { currency: 0, amount: usd('1000000') } }, []],
    [{ kind: 'MODE', mode: 'ACTIVE' }, []],
    [{ kind: 'LIMITS', strategy: 1, limits: limitsWith(), areSettled: true }, []],
    [{ kind: 'RATE', currency: 1, rate: { numerator: 1, denominator: 1 }, sourceMs: START_MS }, []],
    [{ kind: 'DAY', day: DAY }, []],
    [{ kind: 'QUOTE', instrument: BTC, sides, sourceMs: START_MS, sequence: 1 }, []],
    [{ kind: 'PRINT', instrument: BTC, ticks: 100, sourceMs: START_MS, sequence: 2 }, []],
    [{ kind: 'PLACE', order }, ['SUBMIT']],
    [{ kind: 'PLACE', order }, []],
    [{ kind: 'REPORT', report: { kind: 'ACCEPTED', orderId } }, ['ACCEPTED']],
    [{ kind: 'REPORT', report: trade(orderId, 0, 1) }, ['FILL', 'PARTIALLY_FILLED']],
    [{ kind: 'REPLACE', orderId, quantityLots: 5, limitTicks: 101 }, ['REPLACE']],
    [{ kind: 'REPORT', report: { kind: 'UPDATED', orderId, quantityLots: 5, limitTicks: 101 } }, ['PARTIALLY_FILLED']],
    [{ kind: 'CANCEL', orderId }, ['CANCEL']],
    [{ kind: 'CANCEL', orderId }, ['REFUSED']],
    [{ kind: 'REPORT', report: { kind: 'CANCELED', orderId, reason: 'REQUESTED' } }, ['CANCELED']],
    [{ kind: 'CANCEL', orderId }, ['REFUSED']],
    [{ kind: 'SPLIT', instrument: BTC, split: { numerator: 2, denominator: 1, ticksInLieu: 50 } }, []],
  ];
  for (const [input, want] of inputs) assert.deepEqual(kindsOf(step(core, input, START_MS)), want, JSON.stringify(input));
  assert.equal(core.account().lots(1, BTC), 2);
  assert.equal(core.openOrderCount(), 0);
  assert.throws(() => step(core, { kind: 'DAY', day: DAY }, START_MS - 1), /expected a time from/);
});

test('Core: books a trade once, also after the end of the order, and puts what contradicts it into quarantine', () => {
  const core = openCore();
  const order = orderWith({ quantityLots: 3 });
  const { orderId } = order;
  const report = (given: Parameters<Core['report']>[0]): readonly string[] => kindsOf(core.report(given, START_MS));
  core.place(order, START_MS);
  assert.deepEqual(report(trade(orderId, 0, 1)), ['FILL', 'PARTIALLY_FILLED']);
  assert.deepEqual(report(trade(orderId, 0, 1)), [], 'the same trade again');
  assert.deepEqual(report({ kind: 'CANCELED', orderId, reason: 'REQUESTED' }), ['CANCELED']);
  assert.deepEqual(report(trade(orderId, 1, 2)), ['FILL', 'FILLED'], 'a trade from before the cancel');
  assert.deepEqual(report(trade(orderId, 2, 1)), ['FILL', 'OVERFILLED']);
  assert.deepEqual(report(trade(999_999, 0, 1)), ['UNKNOWN_ORDER']);
  assert.deepEqual(report({ kind: 'REJECTED', orderId, reason: 'TRADING_HALTED' }), ['IMPOSSIBLE'], 'a rejection of what has traded');
  assert.deepEqual(kindsOf(core.cancel(999_999, START_MS)), ['REFUSED']);
  assert.equal(core.account().lots(1, BTC), 4);
  const other = orderWith({});
  core.place(other, START_MS);
  assert.deepEqual(report({ kind: 'REJECTED', orderId: other.orderId, reason: 'TRADING_HALTED' }), ['REJECTED']);
  assert.deepEqual(report({ kind: 'UPDATE_REFUSED', orderId: other.orderId, reason: 'UNKNOWN_ORDER' }), [], 'overtaken news');
});

test('Core: a change on its way counts with the larger quantity, and passes the checks as a new order does', () => {
  const core = openCore({ order: { maxNotional: '2000' }, capital: '2000' });
  const order = orderWith({ quantityLots: 10 });
  const { orderId } = order;
  core.place(order, START_MS);
  core.report({ kind: 'ACCEPTED', orderId }, START_MS);
  const openLots = (): number => core.parts().reaches.reachOf(1, BTC).openBuyLots;
  assert.deepEqual(kindsOf(core.replace(orderId, 21, 100, START_MS)), ['REFUSED']);
  assert.deepEqual(kindsOf(core.replace(orderId, 20, 100, START_MS)), ['REPLACE']);
  assert.equal(openLots(), 20);
  assert.deepEqual(kindsOf(core.replace(orderId, 5, 100, START_MS)), ['REFUSED'], 'one change at a time');
  core.report(trade(orderId, 0, 4), START_MS);
  assert.equal(openLots(), 16);
  core.report({ kind: 'UPDATE_REFUSED', orderId, reason: 'PRICE_INVALID' }, START_MS);
  assert.equal(openLots(), 6);
  core.replace(orderId, 6, 99, START_MS);
  assert.equal(openLots(), 6, 'a smaller quantity counts when the venue says so');
  core.report({ kind: 'UPDATED', orderId, quantityLots: 6, limitTicks: 99 }, START_MS);
  assert.equal(openLots(), 2);
});

test('Core: a smaller sell order is a reduction, and its change stays one', () => {
  const core = openCore();
  const buy = orderWith({ quantityLots: 10 });
  core.place(buy, START_MS);
  core.report(trade(buy.orderId, 0, 10), START_MS);
  core.setMode('REDUCING', START_MS);
  const sell = orderWith({ side: SELL, quantityLots: 10 });
  assert.deepEqual(kindsOf(core.place(sell, START_MS)), ['SUBMIT']);
  core.report({ kind: 'ACCEPTED', orderId: sell.orderId }, START_MS);
  assert.deepEqual(kindsOf(core.replace(sell.orderId, 10, 99, START_MS)), ['REPLACE'], 'the replaced order does not count twice');
  assert.deepEqual(kindsOf(core.place(orderWith({ side: BUY }), START_MS)), ['DENIED']);
});

test('Core: times never go back, whatever the input', () => {
  const inputs: readonly ((core: Core, nowMs: number) => unknown)[] = [
    (core, nowMs) => core.quote(BTC, sides, nowMs, 1, nowMs),
    (core, nowMs) => core.print(BTC, 100, nowMs, 1, nowMs),
    (core, nowMs) => core.rate(1, { numerator: 1, denominator: 1 }, nowMs, nowMs),
    (core, nowMs) => core.place(orderWith(), nowMs),
    (core, nowMs) => core.cancel(1, nowMs),
    (core, nowMs) => core.replace(1, 1, 1, nowMs),
    (core, nowMs) => core.report({ kind: 'ACCEPTED', orderId: 1 }, nowMs),
    (core, nowMs) => core.configure(1, undefined, true, nowMs),
    (core, nowMs) => core.setMode('ACTIVE', nowMs),
    (core, nowMs) => core.openDay(DAY, nowMs),
    (core, nowMs) => core.addCapital({ currency: 0, amount: usd('1') }, nowMs),
    (core, nowMs) => core.split(BTC, { numerator: 2, denominator: 1, ticksInLieu: 1 }, nowMs),
  ];
  for (const [index, input] of inputs.entries()) {
    const core = new Core(CORE_TERMS);
    input(core, START_MS);
    assert.throws(() => core.setMode('ACTIVE', START_MS - 1), /expected a time from/, `input ${index}`);
  }
});

test('Core: an instrument and a strategy out of range are bugs', () => {
  const core = openCore();
  assert.throws(() => core.quote(3, sides, START_MS, 9, START_MS), /expected an instrument below 3/);
  assert.throws(() => core.configure(-1, undefined, true, START_MS), /expected a strategy below/);
  assert.throws(() => core.configure(1_024, undefined, true, START_MS), /expected a strategy below/);
  assert.throws(() => new Core({ ...CORE_TERMS, bandBps: [1] }), /expected 3 bands/);
});

test('Core: cancels an order that only reduces, once there is nothing left to reduce', () => {
  const core = openCore();
  const buy = orderWith({ quantityLots: 10 });
  core.place(buy, START_MS);
  core.report(trade(buy.orderId, 0, 10), START_MS);
  const exit = orderWith({ side: SELL, quantityLots: 6, isReduceOnly: true });
  const ofOthers = orderWith({ strategy: 2, side: SELL, quantityLots: 5 });
  const sell = orderWith({ side: SELL, quantityLots: 10 });
  for (const order of [exit, ofOthers, sell]) assert.deepEqual(kindsOf(core.place(order, START_MS)), ['SUBMIT']);
  core.report({ kind: 'ACCEPTED', orderId: exit.orderId }, START_MS);
  assert.deepEqual(kindsOf(core.report(trade(ofOthers.orderId, 0, 5), START_MS)), ['FILL', 'FILLED'], 'the position of another strategy');
  assert.deepEqual(kindsOf(core.report(trade(sell.orderId, 0, 9), START_MS)), ['FILL', 'PARTIALLY_FILLED'], 'one lot is left');
  const events = core.report(trade(sell.orderId, 1, 1), START_MS);
  assert.deepEqual(kindsOf(events), ['FILL', 'FILLED', 'CANCEL']);
  assert.deepEqual(events[2], { kind: 'CANCEL', orderId: exit.orderId, instrument: BTC });
  assert.deepEqual(kindsOf(core.report({ kind: 'CANCELED', orderId: exit.orderId, reason: 'REQUESTED' }, START_MS)), ['CANCELED']);
  assert.equal(core.parts().orders.reduceOnly.size, 0);
});
