import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { exactSumOf } from '../testing/exact-sum-of.ts';
import { ExactSum } from './exact-sum.ts';

const RANGE = 2n ** 102n;
/** Every magnitude up to the largest safe integer is as likely, and its edges more. */
const wholeNumber = fc.oneof(
  fc.maxSafeInteger(),
  fc.integer(),
  fc
    .tuple(fc.integer({ min: 0, max: 53 }), fc.integer({ min: -2, max: 2 }))
    .map(([bits, offset]) => Math.min(2 ** bits + offset, Number.MAX_SAFE_INTEGER)),
);
const signed = fc.tuple(wholeNumber, fc.boolean()).map(([value, negative]) => (negative ? -value : value));
const step = fc.oneof(
  fc.tuple(signed, signed).map(([a, b]) => ({ kind: 'product', a, b }) as const),
  signed.map((value) => ({ kind: 'value', value }) as const),
  fc.bigInt({ min: -RANGE / 4n, max: RANGE / 4n }).map((value) => ({ kind: 'sum', value }) as const),
);

function inRange(value: bigint): boolean {
  return value >= -RANGE && value < RANGE;
}

test('ExactSum: equals the sum of BigInts after every step, and has one form', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      const sum = new ExactSum();
      let want = 0n;
      for (const each of steps) {
        const change = each.kind === 'product' ? BigInt(each.a) * BigInt(each.b) : BigInt(each.value);
        if (!inRange(want + change) || !inRange(change)) continue;
        want += change;
        if (each.kind === 'product') sum.addProduct(each.a, each.b);
        else if (each.kind === 'value') sum.add(each.value);
        else sum.addSum(exactSumOf(each.value));
        assert.equal(sum.toBigInt(), want);
        assert.ok(sum.low >= 0 && sum.low < 2 ** 50 && Number.isSafeInteger(sum.high));
      }
    }),
    { numRuns: 3_000 },
  );
});

test('ExactSum: subtracts, negates and compares as BigInts do', () => {
  fc.assert(
    fc.property(fc.bigInt({ min: -RANGE / 2n, max: RANGE / 2n - 1n }), fc.bigInt({ min: -RANGE / 2n, max: RANGE / 2n - 1n }), (a, b) => {
      const [left, right] = [exactSumOf(a), exactSumOf(b)];
      assert.equal(Math.sign(left.compare(right)), a < b ? -1 : a > b ? 1 : 0);
      assert.equal(left.sign(), a < 0n ? -1 : a > 0n ? 1 : 0);
      assert.equal(left.isZero(), a === 0n);
      assert.equal(left.isSafe(), a >= BigInt(Number.MIN_SAFE_INTEGER) && a <= BigInt(Number.MAX_SAFE_INTEGER));
      assert.equal(left.toNumber(), Number(a));
      left.subtractSum(right);
      assert.equal(left.toBigInt(), a - b);
      left.negate();
      assert.equal(left.toBigInt(), b - a);
    }),
    { numRuns: 3_000 },
  );
});

test('ExactSum: adds a multiple as BigInts do, of sums of every size', () => {
  fc.assert(
    fc.property(fc.bigInt({ min: -RANGE / 2n, max: RANGE / 2n }), signed, signed, (amount, factor, start) => {
      const want = BigInt(start) + amount * BigInt(factor);
      if (!inRange(want) || !inRange(amount * BigInt(factor))) return;
      const sum = new ExactSum();
      sum.add(start);
      sum.addScaled(exactSumOf(amount), factor);
      assert.equal(sum.toBigInt(), want);
    }),
    { numRuns: 3_000 },
  );
  for (const factor of [1, -1, 1_000_000]) {
    const sum = new ExactSum();
    sum.addScaled(exactSumOf(2n ** 80n + 1n), factor);
    assert.equal(sum.toBigInt(), (2n ** 80n + 1n) * BigInt(factor));
  }
});

test('ExactSum: reaches the end of its range by a multiple whose parts alone would pass it', () => {
  const part = 15n * 2n ** 50n + 1n;
  const sum = exactSumOf(-RANGE + part * 1_000n);
  sum.addScaled(exactSumOf(-part), 1_000);
  assert.equal(sum.toBigInt(), -RANGE);
});

test('ExactSum: refuses what leaves its range', () => {
  const safe = Number.MAX_SAFE_INTEGER;
  assert.throws(() => new ExactSum().addProduct(safe, safe), { code: 'NUMBER_OUT_OF_RANGE' });
  assert.throws(() => new ExactSum().addProduct(-safe, safe), { code: 'NUMBER_OUT_OF_RANGE' });
  assert.throws(() => exactSumOf(RANGE), { code: 'NUMBER_OUT_OF_RANGE' });
  const full = exactSumOf(RANGE - 1n);
  assert.throws(() => full.add(1), { code: 'NUMBER_OUT_OF_RANGE' });
  assert.equal(exactSumOf(-RANGE).toBigInt(), -RANGE);
});
