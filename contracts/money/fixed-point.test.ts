import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { AssertionError } from '../errors/assert.ts';
import { formatUnits, multiplyExact, notionalUp, UNITS_PER_ONE, parseUnits } from './fixed-point.ts';

test('parseUnits: gives back what formatUnits wrote, for any amount', () => {
  fc.assert(
    fc.property(fc.bigInt({ min: -(10n ** 40n), max: 10n ** 40n }), (units) => assert.equal(parseUnits(formatUnits(units)), units)),
  );
});

for (const text of ['', '1e3', '01', '+1', 'NaN', 'Infinity', '.5', '1.', ' 1', '0.0000000000000000001']) {
  test(`parseUnits: refuses ${JSON.stringify(text)}, when the text is not a plain decimal of at most 18 places`, () => {
    assert.throws(() => parseUnits(text), { name: 'FlotillaError' });
  });
}

test('multiplyExact: fails its assertion, when the product needs more than 18 places', () => {
  assert.equal(multiplyExact(parseUnits('0.000000001'), parseUnits('0.000000001')), 1n);
  assert.throws(() => multiplyExact(1n, 1n), AssertionError);
});

test('notionalUp: rounds against the limit, when the product is not exact', () => {
  assert.equal(notionalUp(1n, 1n), 1n);
  assert.equal(notionalUp(-2n * UNITS_PER_ONE, UNITS_PER_ONE), 2n * UNITS_PER_ONE);
});
