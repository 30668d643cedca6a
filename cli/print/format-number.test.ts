import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { addDecimals, negateDecimal } from '@flotilla/contracts/money/decimal.ts';
import { formatCount, formatMoneyShort, signOf } from './format-number.ts';

const MONEY = [
  ['0', '0.00'],
  ['-0', '0.00'],
  ['1234567.891', '1,234,567.89'],
  ['-1234.5', '-1,234.50'],
  ['0.009', '0.00'],
  ['-0.009', '0.00'],
  ['123', '123.00'],
  ['12345678901234567890.123456789012345678', '12,345,678,901,234,567,890.12'],
] as const;
for (const [amount, want] of MONEY) {
  test(`formatMoneyShort: shows ${want}, when the amount is ${amount}`, () => assert.equal(formatMoneyShort(amount), want));
}

test('signOf: tells the sign of decimal text of any length', () => {
  assert.deepEqual(['0', '-0.00', '0.000000000000000001', '-0.000000000000000001'].map(signOf), [0, 0, 1, -1]);
});

test('formatCount: separates thousands', () => assert.equal(formatCount(1234567), '1,234,567'));

test('addDecimals: is exact, when amounts have more digits than a double', () => {
  assert.equal(addDecimals(['0.1', '0.2', negateDecimal('0.3')]), '0');
  assert.equal(addDecimals(['123456789012345678', '0.000000000000000001', '-1']), '123456789012345677.000000000000000001');
  assert.equal(addDecimals([]), '0');
  assert.equal(addDecimals(['10', '20']), '30');
});

test('addDecimals: agrees with whole numbers of cents, for any amounts', () => {
  const text = (cents: number) =>
    `${cents < 0 ? '-' : ''}${Math.floor(Math.abs(cents) / 100)}.${String(Math.abs(cents) % 100).padStart(2, '0')}`;
  fc.assert(
    fc.property(fc.array(fc.integer({ min: -1e9, max: 1e9 }), { maxLength: 20 }), (amounts) => {
      const sum = amounts.reduce((total, cents) => total + cents, 0);
      assert.equal(addDecimals([addDecimals(amounts.map(text)), negateDecimal(text(sum))]), '0');
    }),
  );
});
