import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RESOURCES } from '@flotilla/contracts/resources/catalogue.ts';
import { mutate } from './mutate.ts';
import { makeRandomSource } from './random-source.ts';
import { randomSpec } from './random-spec.ts';
import { zodVerdict } from './verdicts.ts';

for (const { kind } of RESOURCES) {
  test(`randomSpec: gives ${kind} that are valid and ones that are not, many of each, and the same ones again for a seed`, () => {
    const indexes = Array.from({ length: 400 }, (_, index) => index);
    const specs = indexes.map((index) => randomSpec(kind, 7, index));
    const accepted = specs.filter((spec) => zodVerdict(kind, spec).accepted).length;
    assert.ok(accepted > 80 && accepted < 320, `${accepted} of 400 are valid`);
    assert.deepEqual(
      indexes.map((index) => randomSpec(kind, 7, index)),
      specs,
    );
    assert.notDeepEqual(randomSpec(kind, 8, 0), specs[0]);
    // A kind whose fields are all optional often gives an empty spec.
    assert.ok(new Set(specs.map((spec) => JSON.stringify(spec))).size > 250, 'they differ');
  });
}

test('mutate: leaves the value alone and gives another one, for any seed', () => {
  const value = { a: [1, 'two', { b: true }], c: 'text' };
  const before = JSON.stringify(value);
  const mutated = Array.from({ length: 200 }, (_, seed) => JSON.stringify(mutate(value, makeRandomSource(seed))));
  assert.equal(JSON.stringify(value), before);
  assert.ok(mutated.filter((one) => one !== before).length > 180);
});
