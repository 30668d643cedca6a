import assert from 'node:assert/strict';
import { test } from 'node:test';
import { backOffDelayMs, makeBackOff } from './back-off.ts';
import type { Rng } from '../ports.ts';

const BOUNDS = { firstMs: 100, maxMs: 1_000 };
const rngOf = (value: number): Pick<Rng, 'next'> => ({ next: () => value });
const ALMOST_ONE = 1 - 2 ** -53;

test('backOffDelayMs: doubles the ceiling to its bound, when the jitter takes nothing away', () => {
  const delays = [1, 2, 3, 4, 5, 6, 10_000].map((failures) => backOffDelayMs(failures, BOUNDS, rngOf(0)));
  assert.deepEqual(delays, [100, 200, 400, 800, 1_000, 1_000, 1_000]);
});

test('backOffDelayMs: is never below a half of the ceiling, when the jitter takes the most away', () => {
  const delays = [1, 2, 3, 4, 5].map((failures) => backOffDelayMs(failures, BOUNDS, rngOf(ALMOST_ONE)));
  assert.deepEqual(delays, [50, 100, 200, 400, 500]);
});

for (const [reason, failures, bounds] of [
  ['there was no failure', 0, BOUNDS],
  ['the bounds are the wrong way round', 1, { firstMs: 2, maxMs: 1 }],
  ['the first delay is zero', 1, { firstMs: 0, maxMs: 1 }],
] as const) {
  test(`backOffDelayMs: fails an assertion, when ${reason}`, () => {
    assert.throws(() => backOffDelayMs(failures, bounds, rngOf(0)), { name: 'AssertionError' });
  });
}

test('makeBackOff: begins with the first delay again, when it is reset', () => {
  const backOff = makeBackOff(BOUNDS, rngOf(0));
  assert.deepEqual([backOff.nextDelayMs(), backOff.nextDelayMs()], [100, 200]);
  backOff.reset();
  assert.equal(backOff.nextDelayMs(), 100);
});
