import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { ExactSum } from '../numbers/exact-sum.ts';
import { exactSumOf } from '../testing/exact-sum-of.ts';
import { type CurrencyTerms, printAmount, readAmount } from './currency.ts';

const USD: CurrencyTerms = { scale: 12, digits: 2 };
const JPY: CurrencyTerms = { scale: 12, digits: 0 };
const BTC: CurrencyTerms = { scale: 12, digits: 8 };

function read(text: string, terms: CurrencyTerms): ExactSum {
  const amount = new ExactSum();
  readAmount(text, terms, amount);
  return amount;
}

test('printAmount: has the digits of the currency, and rounds down, so that no profit is too high and no loss too low', () => {
  const cases = [
    ['0', USD, '0.00'],
    ['125', USD, '125.00'],
    ['0.019', USD, '0.01'],
    ['-0.011', USD, '-0.02'],
    ['-0.01', USD, '-0.01'],
    ['-0.000000000001', USD, '-0.01'],
    ['19000.9', JPY, '19000'],
    ['-0.5', JPY, '-1'],
    ['0.00001234', BTC, '0.00001234'],
    ['123456789012345.67', USD, '123456789012345.67'],
  ] as const;
  for (const [text, terms, want] of cases) assert.equal(printAmount(read(text, terms), terms), want, text);
});

test('printAmount: 0.68 + 0.78 − 1.90 is −0.44, because a sum is exact until it is printed', () => {
  const sum = new ExactSum();
  for (const text of ['0.68', '0.78', '-1.90']) sum.addSum(read(text, USD));
  assert.equal(printAmount(sum, USD), '-0.44');
});

test('readAmount: gives back what printAmount wrote, when the digits are those of the ledger', () => {
  const terms = { scale: 12, digits: 12 };
  fc.assert(
    fc.property(fc.bigInt({ min: -(2n ** 101n), max: 2n ** 101n }), (units) =>
      assert.equal(read(printAmount(exactSumOf(units), terms), terms).toBigInt(), units),
    ),
  );
});

test('readAmount: refuses more decimal places than the ledger has, and what is not a decimal', () => {
  assert.throws(() => read('0.0000000000001', USD), { code: 'NUMBER_TOO_PRECISE' });
  for (const text of ['', '1e3', 'NaN']) assert.throws(() => read(text, USD), { code: 'NUMBER_INVALID' });
});
