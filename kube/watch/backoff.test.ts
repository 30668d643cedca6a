import assert from 'node:assert/strict';
import { test } from 'node:test';
import { backoffMs } from './backoff.ts';

const settings = { baseMs: 100, maxMs: 4_000 };

for (const [attempt, lowestMs, highestMs, why] of [
  [1, 50, 100, 'the base'],
  [2, 100, 200, 'doubled'],
  [6, 1_600, 3_200, 'doubled five times'],
  [7, 2_000, 4_000, 'the maximum'],
  [10_000, 2_000, 4_000, 'no overflow after very many'],
  [0, 50, 100, 'no less than the base'],
] as const) {
  test(`backoffMs: attempt ${attempt} waits between half and all of ${highestMs} ms (${why})`, () => {
    assert.equal(backoffMs(attempt, settings, { next: () => 0 }), lowestMs);
    assert.equal(backoffMs(attempt, settings, { next: () => 1 }), highestMs);
  });
}
