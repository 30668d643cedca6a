import assert from 'node:assert/strict';
import { test } from 'node:test';
import { divideDown } from './divide-down.ts';

test('divideDown: rounds toward minus infinity', () => {
  const cases = [
    [7n, 2n, 3n],
    [-7n, 2n, -4n],
    [-8n, 2n, -4n],
    [8n, 2n, 4n],
    [0n, 2n, 0n],
    [-1n, 100n, -1n],
    [1n, 100n, 0n],
  ] as const;
  for (const [dividend, divisor, want] of cases) assert.equal(divideDown(dividend, divisor), want);
});
