import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Attempt, isDue, nextAttempt } from './attempt.ts';

const LAST: Attempt = { quantity: 5n, delayMs: 800, sentAtMs: 1_000, pricedAtMs: 900 };
const same = { quantity: 5n, pricedAtMs: 900 };

for (const { when, last, input, want } of [
  { when: 'there was no attempt', last: undefined, input: { ...same, nowMs: 0 }, want: true },
  { when: 'the position has changed', last: LAST, input: { ...same, quantity: 4n, nowMs: 1_000 }, want: true },
  { when: 'the delay is not over', last: LAST, input: { ...same, nowMs: 1_799 }, want: false },
  { when: 'the delay is over', last: LAST, input: { ...same, nowMs: 1_800 }, want: true },
  {
    when: 'the market moved less than 200 ms after the attempt',
    last: LAST,
    input: { ...same, pricedAtMs: 1_100, nowMs: 1_199 },
    want: false,
  },
  { when: 'the market moved and 200 ms are over', last: LAST, input: { ...same, pricedAtMs: 1_100, nowMs: 1_200 }, want: true },
  { when: 'the price has gone and 200 ms are over', last: LAST, input: { ...same, pricedAtMs: undefined, nowMs: 1_200 }, want: true },
]) {
  test(`isDue: is ${want}, when ${when}`, () => assert.equal(isDue(last, input), want));
}

test('nextAttempt: doubles the delay from 200 ms to 5 s, and begins again, when the position changes', () => {
  let last: Attempt | undefined;
  const delays = Array.from({ length: 7 }, (_, index) => (last = nextAttempt(last, { ...same, nowMs: index })).delayMs);
  assert.deepEqual(delays, [200, 400, 800, 1_600, 3_200, 5_000, 5_000]);
  assert.deepEqual(nextAttempt(last, { quantity: 4n, pricedAtMs: 7, nowMs: 8 }), {
    quantity: 4n,
    delayMs: 200,
    sentAtMs: 8,
    pricedAtMs: 7,
  });
});
