import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AssertionError } from '@flotilla/contracts/errors/assert.ts';
import { ExactSum } from '../numbers/exact-sum.ts';
import { type ClosingOrder, OPEN_LOTS_MAX, OpenLots } from './open-lots.ts';

/** Entries of a number of lots and their cost, the oldest first. */
function opened(order: ClosingOrder, entries: readonly (readonly [lots: number, cost: number])[]): OpenLots {
  const lots = new OpenLots(order);
  for (const [count, cost] of entries) {
    const sum = new ExactSum();
    sum.add(cost);
    lots.open(count, sum);
  }
  return lots;
}

function costOf(lots: OpenLots, count: number): number {
  const released = new ExactSum();
  lots.close(count, released);
  return released.toNumber();
}

for (const [order, costs] of [
  ['FIFO', [60, 30 + 40 + 100, 200]],
  ['LIFO', [200, 100 + 40 + 30, 60]],
] as const) {
  test(`OpenLots: ${order} closes a part of an entry, then the rest of it with others, and keeps what is left`, () => {
    const lots = opened(order, [
      [3, 90],
      [1, 40],
      [3, 300],
    ]);
    const counts: number[] = [];
    const found = [2, 3, 2].map((count) => {
      const cost = costOf(lots, count);
      counts.push(lots.count());
      return cost;
    });
    assert.deepEqual(found, costs);
    assert.deepEqual(counts, [3, 1, 0]);
  });
}

test('OpenLots: fails when more is closed than is open, and holds nothing after clear', () => {
  const lots = opened('FIFO', [[2, 20]]);
  assert.throws(() => costOf(lots, 3), AssertionError);
  const cleared = opened('LIFO', [
    [1, 10],
    [1, 20],
  ]);
  cleared.clear();
  assert.equal(cleared.count(), 0);
});

for (const order of ['FIFO', 'LIFO'] as const) {
  test(`OpenLots: beyond the bound, ${order} joins the two entries that it would close last, with their lots and costs`, () => {
    const entries = Array.from({ length: OPEN_LOTS_MAX }, (_, index) => [1, index + 1] as const);
    const lots = opened(order, entries);
    assert.equal(lots.count(), OPEN_LOTS_MAX);
    const one = new ExactSum();
    one.add(OPEN_LOTS_MAX + 1);
    lots.open(1, one);
    assert.equal(lots.count(), OPEN_LOTS_MAX);
    const closedFirst = OPEN_LOTS_MAX - 1;
    const first = order === 'FIFO' ? (closedFirst * (closedFirst + 1)) / 2 : ((OPEN_LOTS_MAX + 4) * closedFirst) / 2;
    assert.equal(costOf(lots, closedFirst), first);
    assert.equal(lots.count(), 1);
    assert.equal(costOf(lots, 2), order === 'FIFO' ? 2 * OPEN_LOTS_MAX + 1 : 3);
  });
}

test('OpenLots: a split changes the lots of each entry, and an entry too small for one new lot joins the next', () => {
  const released = new ExactSum();
  const doubled = opened('FIFO', [
    [3, 90],
    [1, 40],
  ]);
  doubled.split(2, 1, 0, released);
  assert.deepEqual([costOf(doubled, 6), costOf(doubled, 2)], [90, 40]);
  // 1, 1 and 5 old lots are 3 new ones and a half, which is closed first.
  const halved = opened('FIFO', [
    [1, 10],
    [1, 20],
    [5, 500],
  ]);
  halved.split(1, 2, 1, released);
  assert.equal(released.toNumber(), 10);
  assert.equal(halved.count(), 1);
  assert.equal(costOf(halved, 3), 520);
});
