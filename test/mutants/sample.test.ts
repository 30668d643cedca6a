import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sampleBySeed } from './sample.ts';

const letters = Array.from({ length: 26 }, (_, index) => String.fromCodePoint(97 + index));
const sample = (count: number, seed: number) => sampleBySeed(letters, count, seed, (letter) => letter);

test('sampleBySeed: gives the same members for a seed, others for another, in the order of the list', () => {
  assert.deepEqual(sample(8, 1), sample(8, 1));
  assert.notDeepEqual(sample(8, 1), sample(8, 2));
  assert.deepEqual(sample(8, 1), sample(8, 1).toSorted());
  assert.equal(sample(8, 1).length, 8);
  assert.deepEqual(sample(99, 1), letters);
});
