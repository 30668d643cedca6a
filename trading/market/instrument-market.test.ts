/** Which data changes the price that counts, and what an order meets. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BUY, SELL } from '../orders/order.ts';
import { collarTicksOf } from './collar.ts';
import { InstrumentMarket } from './instrument-market.ts';
import { AHEAD_MS_MAX } from './steady-time.ts';

const NOW_MS = 1_000_000;
const sides = (bidTicks: number, askTicks: number) => ({ bidTicks, askTicks, bidLots: 5, askLots: 7 });

function quoted(): InstrumentMarket {
  const market = new InstrumentMarket({ bandBps: 1_000 });
  assert.equal(market.quote(sides(99, 102), NOW_MS, 1, NOW_MS), false, 'the first price waits for a second one');
  assert.equal(market.quote(sides(99, 102), NOW_MS, 2, NOW_MS), true);
  return market;
}

test('InstrumentMarket: values at the middle, rounded down, and meets the other side', () => {
  const market = quoted();
  assert.deepEqual([market.markTicks, market.facingTicks(BUY), market.facingTicks(SELL)], [100, 102, 99]);
  assert.equal(market.ageMs(NOW_MS + 5), 5);
  assert.equal(market.lateCount, 0);
  assert.equal(market.heldCount, 1);
});

for (const [why, bid, ask] of [
  ['crossed', 103, 102],
  ['one-sided', Number.NaN, 102],
  ['empty', Number.NaN, Number.NaN],
  ['far away', 300, 301],
] as const) {
  test(`InstrumentMarket: a book that is ${why} changes no price, and the old price grows old`, () => {
    const market = quoted();
    assert.equal(market.quote(sides(bid, ask), NOW_MS + 10, 1, NOW_MS + 10), false);
    assert.deepEqual([market.markTicks, market.bidTicks, market.askTicks, market.ageMs(NOW_MS + 10)], [100, 99, 102, 10]);
    assert.equal(market.lateCount, 0);
  });
}

test('InstrumentMarket: counts late data, data that comes twice, and data from too far ahead', () => {
  const market = quoted();
  assert.equal(market.quote(sides(90, 91), NOW_MS, 2, NOW_MS), false);
  assert.equal(market.quote(sides(90, 91), NOW_MS - 1, 9, NOW_MS), false);
  assert.equal(market.quote(sides(90, 91), NOW_MS + AHEAD_MS_MAX + 1, 1, NOW_MS), false);
  assert.equal(market.lateCount, 3);
  assert.equal(market.quote(sides(100, 101), NOW_MS + 1, 1, NOW_MS + 1), true, 'data after it is not late');
});

test('InstrumentMarket: numbers that are not prices or quantities change nothing, and are counted', () => {
  const market = quoted();
  const bad = [sides(99.5, 102), sides(-1, 102), sides(0, 102), sides(99, Number.POSITIVE_INFINITY), { ...sides(99, 102), bidLots: -1 }];
  for (const one of bad) assert.equal(market.quote(one, NOW_MS + 1, 1, NOW_MS + 1), false);
  assert.deepEqual([market.unusableCount, market.lateCount, market.markTicks], [bad.length, 0, 100]);
  assert.equal(market.print(100.5, NOW_MS + 1, 1, NOW_MS + 1), false);
  assert.equal(market.quote(sides(100, 101), NOW_MS + 1, 1, NOW_MS + 1), true, 'the time of unusable data does not count');
});

test('InstrumentMarket: the price of a trade stands on both sides', () => {
  const market = quoted();
  assert.equal(market.print(104, NOW_MS + 1, 1, NOW_MS + 1), true);
  assert.deepEqual([market.markTicks, market.bidTicks, market.askTicks], [104, 104, 104]);
  market.forgetPrice();
  assert.ok(Number.isNaN(market.markTicks) && Number.isNaN(market.facingTicks(BUY)));
  assert.equal(market.ageMs(NOW_MS), Number.POSITIVE_INFINITY);
});

test('InstrumentMarket: takes the smallest price there is', () => {
  const market = new InstrumentMarket({ bandBps: 1_000 });
  market.quote(sides(1, 1), NOW_MS, 1, NOW_MS);
  assert.equal(market.quote(sides(1, 1), NOW_MS, 2, NOW_MS), true);
  assert.deepEqual([market.markTicks, market.collarTicks(SELL, 10_000), market.collarTicks(BUY, 10_000)], [1, 1, 2]);
});

test('collarTicksOf: is the share of the price, rounded down, exact beyond 2^53 / 10,000', () => {
  for (const [ticks, bps] of [
    [100, 100],
    [199, 50],
    [10_001, 9_999],
    [9_007_199_254_740_991, 9_999],
    [9_007_199_254_740_991, 1],
  ] as const)
    assert.equal(BigInt(collarTicksOf(ticks, bps)), (BigInt(ticks) * BigInt(bps)) / 10_000n, `${ticks} at ${bps}`);
});
