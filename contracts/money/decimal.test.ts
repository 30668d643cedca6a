import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { compareDecimals, formatDecimal, parseDecimal, rescale } from './decimal.ts';

for (const [text, units, scale] of [
  ['0', 0n, 0],
  ['611.87', 61187n, 2],
  ['-0.5', -5n, 1],
  ['-12.05', -1205n, 2],
  ['0.00000001', 1n, 8],
  ['123456789012345', 123456789012345n, 0],
] as const) {
  test(`parseDecimal: reads ${text}`, () => assert.deepEqual(parseDecimal(text), { units, scale }));
}

for (const text of ['', ' 1', '1 ', '+1', '01', '1.', '.5', '1e3', 'NaN', 'Infinity', '-Infinity', '0x10', '1,000', '--1', '１']) {
  test(`parseDecimal: refuses ${JSON.stringify(text)}, when it is not a plain decimal`, () =>
    assert.throws(() => parseDecimal(text), { code: 'NUMBER_INVALID' }));
}

test('parseDecimal: refuses 17 significant digits, when a double could not hold them', () => {
  assert.throws(() => parseDecimal('12345678901234567'), { code: 'NUMBER_TOO_PRECISE' });
  assert.throws(() => parseDecimal('0.12345678901234567'), { code: 'NUMBER_TOO_PRECISE' });
});

test('rescale: is undefined, when digits would be lost', () => {
  assert.equal(rescale({ units: 1005n, scale: 3 }, 2), undefined);
  assert.equal(rescale({ units: 1500n, scale: 3 }, 1), 15n);
  assert.equal(rescale({ units: 5n, scale: 0 }, 3), 5000n);
});

test('formatDecimal: is the inverse of parseDecimal up to trailing zeros, for any number in bounds', () => {
  fc.assert(
    fc.property(fc.bigInt(-(10n ** 14n), 10n ** 14n), fc.integer({ min: 0, max: 14 }), (units, scale) => {
      const back = parseDecimal(formatDecimal(units, scale));
      assert.equal(compareDecimals(back, { units, scale }), 0);
      assert.equal(formatDecimal(back.units, back.scale), formatDecimal(units, scale));
    }),
  );
});

test('compareDecimals: orders by value, when scales differ', () => {
  assert.ok(compareDecimals(parseDecimal('1.10'), parseDecimal('1.1')) === 0);
  assert.ok(compareDecimals(parseDecimal('-2'), parseDecimal('-1.9')) < 0);
});
