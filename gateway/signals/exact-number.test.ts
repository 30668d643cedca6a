import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { checkNumber, PRICE_BOUNDS, STRENGTH_BOUNDS } from './exact-number.ts';
import { FieldError } from './field-error.ts';

test('checkNumber: gives the number without trailing zeros and with every digit', () => {
  assert.equal(checkNumber('price', '611.870', PRICE_BOUNDS), '611.87');
  assert.equal(checkNumber('price', '0.000000000001', PRICE_BOUNDS), '0.000000000001');
  assert.equal(checkNumber('price', '1000000000', PRICE_BOUNDS), '1000000000');
  assert.equal(checkNumber('price', '123456789.012345', PRICE_BOUNDS), '123456789.012345');
  assert.equal(checkNumber('strength', '0', STRENGTH_BOUNDS), '0');
  assert.equal(checkNumber('strength', '1.0', STRENGTH_BOUNDS), '1');
});

const REFUSED = [
  ['NaN', 'NUMBER_INVALID', 'it is not a number'],
  ['Infinity', 'NUMBER_INVALID', 'it is not a number'],
  ['', 'NUMBER_INVALID', 'it is empty'],
  [' 1', 'NUMBER_INVALID', 'a blank is not a digit'],
  ['1\n', 'NUMBER_INVALID', 'a line break is not a digit'],
  ['1e3', 'NUMBER_INVALID', 'an exponent is not plain'],
  ['0x10', 'NUMBER_INVALID', 'hexadecimal is not plain'],
  ['٣', 'NUMBER_INVALID', 'only ASCII digits count'],
  ['1,5', 'NUMBER_INVALID', 'a comma is not a decimal point'],
  ['611.87000000000001', 'NUMBER_TOO_PRECISE', 'it has 17 significant digits'],
  ['0.0000000000001', 'NUMBER_TOO_PRECISE', 'it has 13 decimal places'],
  ['-1', 'NUMBER_OUT_OF_RANGE', 'it is negative'],
  ['-0', 'NUMBER_OUT_OF_RANGE', 'a price is above zero'],
  ['0', 'NUMBER_OUT_OF_RANGE', 'a price is above zero'],
  ['0.000', 'NUMBER_OUT_OF_RANGE', 'a price is above zero'],
  ['1000000000.01', 'NUMBER_OUT_OF_RANGE', 'it is above the bound'],
  ['9'.repeat(400), 'NUMBER_OUT_OF_RANGE', 'it is huge'],
] as const;

for (const [text, code, why] of REFUSED) {
  test(`checkNumber: refuses the price ${JSON.stringify(text.slice(0, 24))} with ${code}, because ${why}`, () => {
    assert.throws(
      () => checkNumber('price', text, PRICE_BOUNDS),
      (error) => error instanceof FieldError && error.code === code && error.field === 'price' && error.message.length < 300,
    );
  });
}

test('checkNumber: refuses a strength above 1', () => {
  assert.throws(() => checkNumber('strength', '1.000001', STRENGTH_BOUNDS), { code: 'NUMBER_OUT_OF_RANGE' });
});

test('checkNumber: what it passes is the same number, for any decimal text', () => {
  const text = fc.stringMatching(/^-?[0-9]{1,20}(\.[0-9]{1,16})?$/);
  fc.assert(
    fc.property(text, (written) => {
      let read: string;
      try {
        read = checkNumber('price', written, PRICE_BOUNDS);
      } catch (error) {
        assert.ok(error instanceof FieldError);
        return;
      }
      // At most 15 digits: a double holds the number exactly enough to compare.
      assert.equal(Number(read), Number(written));
      assert.equal(checkNumber('price', read, PRICE_BOUNDS), read);
    }),
    { numRuns: 2_000 },
  );
});
