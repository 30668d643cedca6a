import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseUnits } from './fixed-point.ts';
import { roundToStep } from './round-to-step.ts';

const CASES = [
  { why: 'the price is a multiple of the tick', price: '611.87', tick: '0.01', down: 61_187n, up: 61_187n },
  { why: 'the price has more decimals than the tick', price: '611.879', tick: '0.01', down: 61_187n, up: 61_188n },
  { why: 'the tick is a quarter', price: '110.80', tick: '0.25', down: 443n, up: 444n },
  { why: 'the price is below one tick', price: '0.001', tick: '0.01', down: undefined, up: 1n },
  { why: 'the price has sixteen digits', price: '60000.12345678901', tick: '0.01', down: 6_000_012n, up: 6_000_013n },
  { why: 'the price has more than 18 decimals', price: '0.0000012345678901234', tick: '0.00000001', down: 123n, up: 124n },
  {
    why: 'the ticks leave the safe integers',
    price: '999999999',
    tick: '0.00000001',
    down: 99_999_999_900_000_000n,
    up: 99_999_999_900_000_000n,
  },
  ...['0', '-1', 'NaN', '', '1e3', ' 1'].map((price) => ({
    why: `the price is ${JSON.stringify(price)}`,
    price,
    tick: '0.01',
    down: undefined,
    up: undefined,
  })),
] as const;

for (const { why, price, tick, down, up } of CASES) {
  test(`roundToStep: gives ${down ?? 'nothing'} down and ${up ?? 'nothing'} up, when ${why}`, () => {
    const step = parseUnits(tick);
    assert.deepEqual([roundToStep(price, step, 'down'), roundToStep(price, step, 'up')], [down, up]);
  });
}
