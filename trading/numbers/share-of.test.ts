import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { exactSumOf } from '../testing/exact-sum-of.ts';
import { ExactSum } from './exact-sum.ts';
import { shareOf } from './share-of.ts';

const RANGE = 2n ** 101n;
const bits = (max: number) => fc.tuple(fc.integer({ min: 0, max }), fc.double({ min: 0, max: 1, noNaN: true }));
/** Totals of every size, below zero too. */
const total = fc.tuple(bits(100), fc.boolean(), fc.integer({ min: -2, max: 2 })).map(([[power, mantissa], negative, offset]) => {
  const size = (BigInt(Math.floor((1 + mantissa) * 2 ** 50)) << BigInt(power)) >> 50n;
  return (negative ? -1n : 1n) * (size + BigInt(offset));
});
const whole = bits(53).map(([power, mantissa]) =>
  Math.max(1, Math.min(Number.MAX_SAFE_INTEGER, Math.floor((1 + mantissa) * 2 ** (power - 1)))),
);

test('shareOf: is the quotient of BigInts, rounded toward zero', () => {
  fc.assert(
    fc.property(total, whole, fc.double({ min: 0, max: 1, noNaN: true }), (amount, size, ratio) => {
      if (amount >= RANGE || amount < -RANGE) return;
      const part = Math.min(size, Math.floor(size * ratio));
      const share = new ExactSum();
      shareOf(exactSumOf(amount), part, size, share);
      assert.equal(share.toBigInt(), (amount * BigInt(part)) / BigInt(size));
    }),
    { numRuns: 100_000 },
  );
});

test('shareOf: quotients that are whole, and those one below', () => {
  for (const [size, part, of] of [
    [9_007_199_254_740_991, 9_007_199_254_740_990, 9_007_199_254_740_991],
    [9_007_199_254_740_991, 3, 9_007_199_254_740_991],
    [6_000_000_000_000_000, 1, 3],
    [6_000_000_000_000_001, 2, 3],
    [4_503_599_627_370_497, 4_503_599_627_370_495, 4_503_599_627_370_496],
  ] as const) {
    const share = new ExactSum();
    shareOf(exactSumOf(BigInt(size)), part, of, share);
    assert.equal(share.toBigInt(), (BigInt(size) * BigInt(part)) / BigInt(of));
  }
});

test('shareOf: the whole is the total itself, and nothing is zero', () => {
  const share = new ExactSum();
  shareOf(exactSumOf(-7n), 5, 5, share);
  assert.equal(share.toBigInt(), -7n);
  shareOf(exactSumOf(-7n), 0, 5, share);
  assert.ok(share.isZero());
});

test('shareOf: refuses a part that is larger than the whole or below zero', () => {
  for (const [part, size] of [
    [2, 1],
    [-1, 1],
    [0, 0],
  ] as const)
    assert.throws(() => shareOf(exactSumOf(1n), part, size, new ExactSum()));
});
