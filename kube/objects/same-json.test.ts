import assert from 'node:assert/strict';
import { test } from 'node:test';
import { canonicalJson } from '@flotilla/contracts/values/canonical-json.ts';
import fc from 'fast-check';
import { sameJson } from './same-json.ts';

test('sameJson: agrees with canonical JSON, for any two values', () => {
  const value = fc.jsonValue({ maxDepth: 3 });
  fc.assert(
    fc.property(value, value, (left, right) => {
      assert.equal(sameJson(left, right), canonicalJson(left) === canonicalJson(right));
      assert.equal(sameJson(left, JSON.parse(JSON.stringify(left))), true);
    }),
  );
});

test('sameJson: ignores order and undefined members, and sees every other difference', () => {
  assert.equal(sameJson({ a: 1, b: [{ c: 2 }] }, { b: [{ c: 2, d: undefined }], a: 1 }), true);
  for (const [left, right] of [
    [{ a: 1 }, { a: 2 }],
    [{ a: 1 }, { a: 1, b: null }],
    [{ a: 1, b: null }, { a: 1 }],
    [[1], [1, 2]],
    [[], {}],
    [null, {}],
    ['1', 1],
  ]) {
    assert.equal(sameJson(left, right), false);
  }
});
