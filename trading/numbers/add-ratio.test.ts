import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { exactSumOf } from '../testing/exact-sum-of.ts';
import { addRatio } from './add-ratio.ts';

const RANGE = 2n ** 101n;
/** Every size is as likely. */
const amount = fc
  .tuple(fc.integer({ min: 0, max: 100 }), fc.bigInt({ min: -(2n ** 101n), max: 2n ** 101n }))
  .map(([bits, value]) => value >> BigInt(bits));
const term = fc.oneof(
  fc.integer({ min: 1, max: 200 }),
  fc.integer({ min: 1, max: 2 ** 27 }),
  fc.integer({ min: 2 ** 28, max: 2 ** 30 }),
  fc.integer({ min: 2 ** 26 - 2, max: 2 ** 26 + 2 }),
  fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }),
);

test('addRatio: is the quotient of BigInts, rounded down or up, for amounts and terms of every size', () => {
  fc.assert(
    fc.property(amount, term, term, fc.maxSafeInteger(), (amount, numerator, denominator, start) => {
      const product = amount * BigInt(numerator);
      const divisor = BigInt(denominator);
      const rest = ((product % divisor) + divisor) % divisor;
      const down = (product - rest) / divisor;
      if (down > RANGE || down < -RANGE) return;
      for (const rounding of ['DOWN', 'UP'] as const) {
        const sum = exactSumOf(BigInt(start));
        addRatio(sum, exactSumOf(amount), numerator, denominator, rounding);
        assert.equal(sum.toBigInt(), BigInt(start) + down + (rounding === 'UP' && rest !== 0n ? 1n : 0n));
      }
    }),
    { numRuns: 50_000 },
  );
});
