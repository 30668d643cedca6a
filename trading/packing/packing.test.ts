/** What is packed is read back, and damage is found. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AssertionError } from '@flotilla/contracts/errors/assert.ts';
import fc from 'fast-check';
import { ExactSum } from '../numbers/exact-sum.ts';
import { exactSumOf } from '../testing/exact-sum-of.ts';
import { crc32 } from './crc32.ts';
import { PackedReader } from './packed-reader.ts';
import { BYTES_PER_NUMBER, PackedWriter } from './packed-writer.ts';

test('PackedReader: gives back every number and sum, from a part of a buffer too', () => {
  const RANGE = 2n ** 102n;
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.double(), fc.bigInt({ min: -RANGE, max: RANGE - 1n })), { maxLength: 2_000, size: 'max' }),
      (entries) => {
        const writer = new PackedWriter();
        writer.number(-1);
        for (const [number, sum] of entries) {
          writer.number(number);
          writer.sum(exactSumOf(sum));
        }
        const reader = new PackedReader(writer.bytes().subarray(BYTES_PER_NUMBER));
        const sum = new ExactSum();
        for (const [number, units] of entries) {
          assert.ok(Object.is(reader.number(), number));
          reader.sum(sum);
          assert.equal(sum.toBigInt(), units);
        }
        assert.ok(reader.isAtEnd());
      },
    ),
    { numRuns: 30 },
  );
});

test('PackedReader: fails at the end, and on a count that is not one', () => {
  assert.throws(() => new PackedReader(new Uint8Array(BYTES_PER_NUMBER - 1)).number(), AssertionError);
  for (const count of [-1, 0.5, 11, Number.NaN]) {
    const writer = new PackedWriter();
    writer.number(count);
    assert.throws(() => new PackedReader(writer.bytes()).count(10), AssertionError);
  }
});

test('crc32: has the check value of its catalogue', () => {
  assert.equal(crc32(new TextEncoder().encode('123456789')), 0xcb_f4_39_26);
  assert.equal(crc32(new Uint8Array()), 0);
});
