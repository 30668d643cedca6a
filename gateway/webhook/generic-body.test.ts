import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { FieldError } from './field-error.ts';
import { parseGenericBody } from './generic-body.ts';

const GOOD = { instrument: 'BTC-USD', price: 611.87, signal: 'BUY', strength: 0.8 };

test('parseGenericBody: reads the four fields, numbers as numbers or as text', () => {
  const expected = { instrument: 'BTC-USD', price: '611.87', signal: 'BUY', strength: '0.8', unknownFields: [] };
  assert.deepEqual(parseGenericBody(JSON.stringify(GOOD)), expected);
  assert.deepEqual(parseGenericBody(JSON.stringify({ ...GOOD, price: '611.87', strength: '0.80' })), expected);
});

test('parseGenericBody: accepts unknown fields and names them', () => {
  assert.deepEqual(parseGenericBody(JSON.stringify({ ...GOOD, comment: 'x', __proto: 1 })).unknownFields, ['comment', '__proto']);
});

const REFUSED = [
  [{ ...GOOD, instrument: undefined }, 'instrument', 'MALFORMED', 'it is missing'],
  [{ ...GOOD, instrument: 7 }, 'instrument', 'MALFORMED', 'it is no string'],
  [{ ...GOOD, instrument: 'BTC.USD' }, 'instrument', 'MALFORMED', 'a dot would change the subject'],
  [{ ...GOOD, instrument: '>' }, 'instrument', 'MALFORMED', 'a wildcard would change the subject'],
  [{ ...GOOD, price: null }, 'price', 'MALFORMED', 'null is no number'],
  [{ ...GOOD, price: 'NaN' }, 'price', 'REFUSED', 'NaN is no number'],
  [{ ...GOOD, price: -611.87 }, 'price', 'REFUSED', 'a price is above zero'],
  [{ ...GOOD, signal: 'HOLD' }, 'signal', 'REFUSED', 'it is none of ours'],
  [{ ...GOOD, signal: 'buy' }, 'signal', 'REFUSED', 'case counts'],
  [{ ...GOOD, strength: undefined }, 'strength', 'MALFORMED', 'it is missing'],
  [{ ...GOOD, strength: 1.5 }, 'strength', 'REFUSED', 'it is above 1'],
  [{ ...GOOD, strength: true }, 'strength', 'MALFORMED', 'true is no number'],
] as const;

for (const [body, field, kind, why] of REFUSED) {
  test(`parseGenericBody: refuses ${field}, because ${why}`, () => {
    assert.throws(
      () => parseGenericBody(JSON.stringify(body)),
      (error) => error instanceof FieldError && error.field === field && error.kind === kind && error.expected !== '' && error.found !== '',
    );
  });
}

test('parseGenericBody: throws nothing but a FieldError, for fields of any value', () => {
  const value = fc.oneof(fc.string(), fc.double(), fc.boolean(), fc.constant(null), fc.bigInt().map(String), fc.array(fc.nat()));
  const body = fc.record({ instrument: value, price: value, signal: value, strength: value }, { requiredKeys: [] });
  fc.assert(
    fc.property(body, (fields) => {
      try {
        parseGenericBody(JSON.stringify(fields));
      } catch (error) {
        assert.ok(error instanceof FieldError, String(error));
      }
    }),
    { numRuns: 2_000 },
  );
});
