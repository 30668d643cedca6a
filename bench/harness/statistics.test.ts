import assert from 'node:assert/strict';
import { test } from 'node:test';
import { percentile, spread } from './statistics.ts';

test('percentile: takes the nearest rank, when values come unsorted', () => {
  const values = [5, 1, 4, 2, 3];
  assert.deepEqual([percentile(values, 0), percentile(values, 50), percentile(values, 99), percentile(values, 100)], [1, 3, 5, 5]);
  assert.ok(Number.isNaN(percentile([], 50)));
});

test('spread: gives least, middle and greatest', () => assert.deepEqual(spread([3, 1, 2]), { min: 1, median: 2, max: 3 }));
