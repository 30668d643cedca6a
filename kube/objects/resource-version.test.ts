import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { compareResourceVersions } from './resource-version.ts';

test('compareResourceVersions: orders as the numbers do, whatever their length', () => {
  fc.assert(
    fc.property(fc.bigInt({ min: 0n, max: 2n ** 80n }), fc.bigInt({ min: 0n, max: 2n ** 80n }), (left, right) => {
      const expected = left < right ? -1 : left > right ? 1 : 0;
      return Math.sign(compareResourceVersions(String(left), String(right))) === expected;
    }),
  );
  assert.ok(compareResourceVersions('9', '10') < 0);
});
