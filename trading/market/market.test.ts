/** Market data that comes late, twice, from a stepped clock or far off the last price. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PriceBand } from './price-band.ts';
import { Quote } from './quote.ts';
import { ageMs, AHEAD_MS_MAX, steadyNowMs } from './steady-time.ts';

const sides = (bidTicks: number, askTicks: number) => ({ bidTicks, askTicks, bidLots: 5, askLots: 7 });

test('steadyNowMs: a step of the wall clock moves nothing', () => {
  const start = { wallMs: 1_000_000, monotonicMs: 50 };
  assert.equal(steadyNowMs(start, 50), 1_000_000);
  assert.equal(steadyNowMs(start, 3_600_050), 4_600_000);
});

test('ageMs: counts from the time of the source, and knows no age for data from too far ahead', () => {
  const nowMs = 1_000_000;
  const cases = [
    [nowMs, 0],
    [nowMs - 7_200_000, 7_200_000],
    [nowMs + AHEAD_MS_MAX, 0],
    [nowMs + AHEAD_MS_MAX + 1, Number.POSITIVE_INFINITY],
  ] as const;
  for (const [sourceMs, want] of cases) assert.equal(ageMs(sourceMs, nowMs), want);
});

test('Quote: a late quote and a repeated one change nothing', () => {
  const quote = new Quote();
  assert.ok(quote.take(sides(100, 101), 2_000, 1));
  assert.equal(quote.take(sides(90, 91), 1_999, 9), false);
  assert.equal(quote.take(sides(90, 91), 2_000, 1), false);
  assert.equal(quote.take(sides(90, 91), 2_000, 0), false);
  assert.deepEqual([quote.bidTicks, quote.askTicks, quote.lateCount], [100, 101, 3]);
  assert.ok(quote.take(sides(102, 103), 2_000, 2));
  assert.equal(quote.bidTicks, 102);
});

test('Quote: names every form of a book', () => {
  const cases = [
    [100, 101, 'NORMAL'],
    [100, 100, 'LOCKED'],
    [101, 100, 'CROSSED'],
    [Number.NaN, 100, 'ONE_SIDED'],
    [100, Number.NaN, 'ONE_SIDED'],
    [Number.NaN, Number.NaN, 'EMPTY'],
  ] as const;
  for (const [bidTicks, askTicks, want] of cases) {
    const quote = new Quote();
    quote.take(sides(bidTicks, askTicks), 1, 1);
    assert.equal(quote.condition(), want);
  }
});

test('Quote: gives a middle for normal and locked books alone', () => {
  const cases = [
    [100, 101, 201],
    [100, 100, 200],
    [101, 100, Number.NaN],
    [Number.NaN, 100, Number.NaN],
    [100, Number.NaN, Number.NaN],
  ] as const;
  for (const [bid, ask, want] of cases) {
    const quote = new Quote();
    quote.take(sides(bid, ask), 1, 1);
    assert.equal(quote.middleHalfTicks(), want);
  }
});

const BAND = { bandBps: 1_000 };

function takeAll(prices: readonly number[]): readonly boolean[] {
  const band = new PriceBand();
  return prices.map((price) => band.take(price, BAND));
}

test('PriceBand: one bad tick counts for nothing, and the next good one does', () => {
  assert.deepEqual(takeAll([60_000, 60_010, 600, 60_020]), [false, true, false, true]);
});

test('PriceBand: a market that has moved counts with its second price', () => {
  assert.deepEqual(takeAll([60_000, 60_000, 50_000, 50_100, 50_050]), [false, true, false, true, true]);
});

test('PriceBand: two bad ticks that do not agree count for nothing', () => {
  assert.deepEqual(takeAll([60_000, 60_000, 600, 6_000_000, 60_000]), [false, true, false, false, true]);
});

test('PriceBand: a move of exactly the band needs no confirmation', () => {
  assert.deepEqual(takeAll([100, 100, 110, 99]), [false, true, true, true]);
  assert.deepEqual(takeAll([100, 100, 111]), [false, true, false]);
});
