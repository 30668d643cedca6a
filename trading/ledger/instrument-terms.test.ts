import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compileTerms } from './instrument-terms.ts';

const USD = { scale: 12, digits: 2 };
const BTC = { scale: 8, digits: 8 };
const SPOT = { tickSize: '0.01', lotSize: '0.00000001', multiplier: '1', isInverse: false, isMargined: false };
const PERPETUAL = { tickSize: '0.5', lotSize: '1', multiplier: '100', isInverse: true, isMargined: true };

test('compileTerms: gives the units of one tick × one lot × the multiplier', () => {
  assert.deepEqual(compileTerms(SPOT, 3, USD), { currency: 3, unitsPerStep: 100, inverseUnits: undefined, isMargined: false });
  const future = compileTerms({ ...SPOT, tickSize: '0.25', lotSize: '1', multiplier: '50', isMargined: true }, 0, USD);
  assert.deepEqual(future, { currency: 0, unitsPerStep: 12_500_000_000_000, inverseUnits: undefined, isMargined: true });
});

test('compileTerms: gives the value of one lot of an inverse contract at one tick', () => {
  assert.deepEqual(compileTerms(PERPETUAL, 1, BTC), { currency: 1, unitsPerStep: 1, inverseUnits: 20_000_000_000, isMargined: true });
});

test('compileTerms: refuses a step that the currency does not hold', () => {
  const cases = [
    ['finer than the unit of the currency', { ...SPOT, tickSize: '0.000001' }, BTC, 'NUMBER_TOO_PRECISE'],
    ['2^53 units', { ...SPOT, tickSize: '10000', lotSize: '1' }, USD, 'NUMBER_OUT_OF_RANGE'],
    ['zero', { ...SPOT, multiplier: '0' }, USD, 'NUMBER_OUT_OF_RANGE'],
    ['an inverse value that is not whole', { ...PERPETUAL, tickSize: '0.7' }, BTC, 'NUMBER_TOO_PRECISE'],
    ['not a number', { ...SPOT, lotSize: 'x' }, USD, 'NUMBER_INVALID'],
  ] as const;
  for (const [reason, text, currency, code] of cases) assert.throws(() => compileTerms(text, 0, currency), { code }, reason);
});
