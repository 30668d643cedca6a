import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { AHEAD_MS_MAX } from '../market/steady-time.ts';
import type { Rounding } from '../numbers/add-ratio.ts';
import { exactSumOf } from '../testing/exact-sum-of.ts';
import { floorOf } from '../testing/account-model.ts';
import { BaseValue } from './base-value.ts';
import { type Rate, rateOf, Rates } from './rates.ts';

const USD = { scale: 12, digits: 2 };
const JPY = { scale: 10, digits: 0 };
const AGE_MS_MAX = 1_000;

function converted(amount: bigint, rate: Rate, rounding: Rounding): bigint {
  const rates = new Rates(0, 2, AGE_MS_MAX);
  rates.take(1, rate, { sourceMs: 0, nowMs: 0 });
  const value = new BaseValue();
  rates.addTo(value, 1, exactSumOf(amount), 0, rounding);
  return value.amount().toBigInt();
}

test('rateOf: is the exact ratio of the units of both currencies, in its smallest terms', () => {
  assert.deepEqual(rateOf('152', 'FROM_PER_BASE', { from: USD, base: USD }), { numerator: 1, denominator: 152 });
  assert.deepEqual(rateOf('1.08765', 'BASE_PER_FROM', { from: USD, base: USD }), { numerator: 21_753, denominator: 20_000 });
  // 10^10 units of JPY at 160 are 10^12 / 160 units of USD.
  assert.deepEqual(rateOf('160', 'FROM_PER_BASE', { from: JPY, base: USD }), { numerator: 5, denominator: 8 });
});

test('rateOf: refuses a price that is not above zero or has too many digits', () => {
  for (const price of ['0', '-1', '0.000000000000000001'])
    assert.throws(() => rateOf(price, 'BASE_PER_FROM', { from: USD, base: USD }), { code: 'NUMBER_OUT_OF_RANGE' });
  assert.throws(() => rateOf('NaN', 'BASE_PER_FROM', { from: USD, base: USD }), { code: 'NUMBER_INVALID' });
});

test('Rates: converts exactly, and rounds the last unit down for what the trader has and up for an exposure', () => {
  const term = fc.maxSafeInteger().map((each) => Math.max(1, Math.abs(each)));
  fc.assert(
    fc.property(fc.bigInt({ min: -(2n ** 45n), max: 2n ** 45n }), term, term, (amount, numerator, denominator) => {
      const exact = amount * BigInt(numerator);
      assert.equal(converted(amount, { numerator, denominator }, 'DOWN'), floorOf(exact, BigInt(denominator)));
      assert.equal(converted(amount, { numerator, denominator }, 'UP'), -floorOf(-exact, BigInt(denominator)));
    }),
  );
});

test('Rates: the age of a rate is that of its source; a rate from too far ahead is not used', () => {
  const rates = new Rates(0, 2, AGE_MS_MAX);
  const stateAt = (nowMs: number, amount = 1n) => {
    const value = new BaseValue();
    rates.addTo(value, 1, exactSumOf(amount), nowMs, 'DOWN');
    return value.state;
  };
  assert.equal(stateAt(0), 'RATE_UNKNOWN');
  assert.equal(stateAt(0, 0n), 'KNOWN');
  assert.ok(rates.take(1, { numerator: 1, denominator: 2 }, { sourceMs: 10_000, nowMs: 10_000 }));
  assert.deepEqual(
    [7_999, 8_000, 11_000, 11_001].map((nowMs) => stateAt(nowMs)),
    ['RATE_STALE', 'KNOWN', 'KNOWN', 'RATE_STALE'],
  );
  assert.equal(stateAt(11_001, 0n), 'KNOWN');
});

test('Rates: a rate from too far ahead is refused, so that the ones after it are not late', () => {
  const rates = new Rates(0, 2, AGE_MS_MAX);
  const rate = { numerator: 1, denominator: 2 };
  assert.equal(rates.take(1, rate, { sourceMs: AHEAD_MS_MAX + 1, nowMs: 0 }), false);
  assert.ok(rates.take(1, rate, { sourceMs: 0, nowMs: 0 }));
  assert.ok(rates.take(1, rate, { sourceMs: AHEAD_MS_MAX, nowMs: 0 }));
  assert.equal(rates.take(1, rate, { sourceMs: Number.NaN, nowMs: 0 }), false);
});
