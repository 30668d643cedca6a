import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { readInteger, storeInteger } from './stored-integer.ts';

test('storeInteger: gives back any whole number after a way through JSON', () => {
  fc.assert(
    fc.property(fc.bigInt(-(10n ** 40n), 10n ** 40n), (value) => {
      assert.equal(readInteger(JSON.parse(JSON.stringify(storeInteger(value))) as number | string), value);
    }),
  );
});

test('storeInteger: stores a number as long as it is a safe integer', () => {
  assert.equal(storeInteger(9_007_199_254_740_991n), 9_007_199_254_740_991);
  assert.equal(storeInteger(9_007_199_254_740_993n), '9007199254740993');
});
