import assert from 'node:assert/strict';
import { test } from 'node:test';
import { redeliveryDelayMs } from './redelivery-delay.ts';

const rng = (value: number) => ({ next: () => value, bytes: (length: number) => new Uint8Array(length) });

test('redeliveryDelayMs: doubles from one second to sixty, when failures go on', () => {
  const delays = [1, 2, 3, 4, 5, 6, 7, 8, 1_000_000].map((failures) => redeliveryDelayMs(failures, rng(0)));
  assert.deepEqual(delays, [1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000, 60_000]);
});

test('redeliveryDelayMs: takes off up to a half by chance, but never goes below one second', () => {
  const almostOne = 1 - Number.EPSILON;
  assert.equal(redeliveryDelayMs(1, rng(almostOne)), 1_000);
  assert.equal(redeliveryDelayMs(3, rng(almostOne)), 2_000);
  assert.equal(redeliveryDelayMs(9, rng(0.5)), 45_000);
});
