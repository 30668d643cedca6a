/** The models of the simulator, each with examples, and the properties that the simulator relies on. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { AssertionError } from '@flotilla/contracts/errors/assert.ts';
import { makeSequence } from '@flotilla/contracts/testing/seeded-sequence.ts';
import { ExactSum } from '../../numbers/exact-sum.ts';
import { exactSumOf } from '../../testing/exact-sum-of.ts';
import { type FeeModel, type Liquidity, noFee, perLotFee, rateFee } from './fee.ts';
import { linearImpact, noImpact, squareRootImpact } from './impact.ts';
import { fixedLatency, noLatency, uniformLatency } from './latency.ts';
import { backOfQueue, noQueue, proportionalQueue } from './queue-position.ts';
import { chanceSlippage, noSlippage } from './slippage.ts';

function feeOf(model: FeeModel, value: bigint, liquidity: Liquidity, quantityLots = 1): bigint {
  const fee = new ExactSum();
  model({ value: exactSumOf(value), quantityLots, liquidity }, fee);
  return fee.toBigInt();
}

const rate = rateFee({ takerMicros: 500, makerMicros: -100 });

for (const [reason, model, value, liquidity, lots, want] of [
  ['none charges nothing', noFee, 1_000_000n, 'TAKER', 1, 0n],
  ['a taker pays 5 bps', rate, 1_000_000n, 'TAKER', 1, 500n],
  ['a part of a unit is charged whole', rate, 1_000_001n, 'TAKER', 1, 501n],
  ['a maker receives 1 bp', rate, 1_000_000n, 'MAKER', 1, -100n],
  ['a part of a unit is not paid back', rate, 1_009_999n, 'MAKER', 1, -100n],
  ['a value beyond 2^53 is charged to the unit', rate, 10n ** 24n + 1n, 'TAKER', 1, 5n * 10n ** 20n + 1n],
  ['a rebate on a value beyond 2^53 is rounded down', rate, 10n ** 24n + 9_999n, 'MAKER', 1, -(10n ** 20n)],
  ['each lot costs', perLotFee({ unitsPerLot: 7, unitsMin: 10 }), 1n, 'TAKER', 3, 21n],
  ['a small fill pays the smallest fee', perLotFee({ unitsPerLot: 7, unitsMin: 10 }), 1n, 'TAKER', 1, 10n],
  ['a fee of many lots is exact', perLotFee({ unitsPerLot: 2 ** 30, unitsMin: 0 }), 1n, 'TAKER', 2 ** 40 + 1, 2n ** 70n + 2n ** 30n],
] as const) {
  test(`fee: ${reason}`, () => {
    assert.equal(feeOf(model, value, liquidity, lots), want);
  });
}

test('rateFee: equals exact arithmetic, rounded against the trader, for any value and rate', () => {
  fc.assert(
    fc.property(fc.bigInt({ min: 0n, max: 2n ** 90n }), fc.integer({ min: -1_000_000, max: 1_000_000 }), (value, micros) => {
      const fee = feeOf(rateFee({ takerMicros: micros, makerMicros: 0 }), value, 'TAKER');
      const exact = value * BigInt(micros);
      assert.ok(fee * 1_000_000n >= exact && (fee - 1n) * 1_000_000n < exact);
    }),
  );
});

for (const [reason, model, ahead, before, shown, want] of [
  ['none is always the first', noQueue, Number.POSITIVE_INFINITY, 0, 9, 0],
  ['back: all that is shown stands ahead', backOfQueue, Number.POSITIVE_INFINITY, 0, 9, 9],
  [
    'back: a level that is not known stays unknown',
    backOfQueue,
    Number.POSITIVE_INFINITY,
    0,
    Number.POSITIVE_INFINITY,
    Number.POSITIVE_INFINITY,
  ],
  ['back: others cancel behind first', backOfQueue, 4, 9, 5, 4],
  ['back: no more than is shown stands ahead', backOfQueue, 4, 9, 3, 3],
  ['proportional: all that is shown stands ahead', proportionalQueue, Number.POSITIVE_INFINITY, 0, 9, 9],
  ['proportional: others cancel in proportion', proportionalQueue, 4, 8, 4, 2],
  ['proportional: a part of a lot stays ahead', proportionalQueue, 3, 8, 4, 2],
  ['proportional: a level that grows changes nothing', proportionalQueue, 3, 8, 20, 3],
  ['proportional: an empty level has no queue', proportionalQueue, 3, 8, 0, 0],
] as const) {
  test(`queue position: ${reason}`, () => {
    assert.equal(model(ahead, before, shown), want);
  });
}

test('queue position: never moves an order back, and never puts more ahead than is shown', () => {
  const lots = fc.integer({ min: 0, max: 1_000_000 });
  fc.assert(
    fc.property(lots, lots, lots, (ahead, before, shown) => {
      for (const model of [noQueue, backOfQueue, proportionalQueue]) {
        const next = model(ahead, Math.max(ahead, before), shown);
        assert.ok(Number.isSafeInteger(next) && next >= 0 && next <= Math.min(ahead, shown));
      }
    }),
  );
});

test('latency: none, fixed by direction, and uniform with both bounds reached', () => {
  assert.equal(noLatency('COMMAND'), 0);
  const fixed = fixedLatency({ commandMs: 3, reportMs: 2 });
  assert.deepEqual([fixed('COMMAND'), fixed('REPORT')], [3, 2]);
  const uniform = uniformLatency({ msMin: 2, msMax: 4 }, makeSequence(1));
  assert.deepEqual(new Set(Array.from({ length: 200 }, () => uniform('COMMAND'))), new Set([2, 3, 4]));
});

test('slippage: none, and as often as the chance says', () => {
  assert.equal(noSlippage(), 0);
  const slippage = chanceSlippage({ chance: 0.25, ticks: 3 }, makeSequence(2));
  const found = Array.from({ length: 4_000 }, () => slippage());
  assert.deepEqual(new Set(found), new Set([0, 3]));
  const share = found.filter((ticks) => ticks === 3).length / found.length;
  assert.ok(Math.abs(share - 0.25) < 0.03, `${share}`);
});

test('impact: none, in proportion, and by the square root; never less for more', () => {
  assert.equal(noImpact(5, 5), 0);
  assert.deepEqual(
    [1, 2, 5].map((taken) => linearImpact({ fullTicks: 10 })(taken, 5)),
    [2, 4, 10],
  );
  assert.deepEqual(
    [1, 25, 100].map((taken) => squareRootImpact({ fullTicks: 10 })(taken, 100)),
    [1, 5, 10],
  );
  for (const model of [linearImpact({ fullTicks: 7 }), squareRootImpact({ fullTicks: 7 })]) {
    const ticks = Array.from({ length: 50 }, (_, index) => model(index + 1, 50));
    assert.ok(ticks.every((each, index) => Number.isSafeInteger(each) && each >= (ticks[index - 1] ?? 1)));
  }
});

test('models: fail on terms beyond their bounds', () => {
  const next = makeSequence(3);
  for (const make of [
    () => fixedLatency({ commandMs: -1, reportMs: 0 }),
    () => fixedLatency({ commandMs: 0, reportMs: 60_001 }),
    () => uniformLatency({ msMin: 5, msMax: 4 }, next),
    () => uniformLatency({ msMin: 0.5, msMax: 4 }, next),
    () => rateFee({ takerMicros: 1_000_001, makerMicros: 0 }),
    () => rateFee({ takerMicros: 0, makerMicros: 0.5 }),
    () => perLotFee({ unitsPerLot: -1, unitsMin: 0 }),
    () => chanceSlippage({ chance: 1.1, ticks: 1 }, next),
    () => chanceSlippage({ chance: 1, ticks: 1_000_001 }, next),
    () => linearImpact({ fullTicks: -1 }),
    () => squareRootImpact({ fullTicks: 0.5 }),
  ])
    assert.throws(make, AssertionError);
});
