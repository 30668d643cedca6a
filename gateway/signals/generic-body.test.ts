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

test('parseGenericBody: refuses and does not round a number with too many digits, written as a number or as text', () => {
  for (const price of ['611.870000000000000001', '"611.870000000000000001"']) {
    const body = `{"instrument":"BTC-USD","price":${price},"signal":"BUY","strength":0.8}`;
    assert.throws(() => parseGenericBody(body), { code: 'NUMBER_TOO_PRECISE', field: 'price' });
  }
});

for (const signal of ['buy', 'Buy', ' BUY\n', 'long', 'LONG']) {
  test(`parseGenericBody: reads the signal ${JSON.stringify(signal)} as BUY`, () => {
    assert.equal(parseGenericBody(JSON.stringify({ ...GOOD, signal })).signal, 'BUY');
  });
}

test('parseGenericBody: reads sell, short and flat in any case', () => {
  const read = ['sell', 'Short', 'flat'].map((signal) => parseGenericBody(JSON.stringify({ ...GOOD, signal })).signal);
  assert.deepEqual(read, ['SELL', 'SELL', 'FLAT']);
});

test('parseGenericBody: ignores space around instrument and numbers, and keeps the case of the instrument', () => {
  const read = parseGenericBody(JSON.stringify({ instrument: ' btc-USD ', price: ' 611.87', signal: 'BUY', strength: '0.8\t' }));
  assert.deepEqual([read.instrument, read.price, read.strength], ['btc-USD', '611.87', '0.8']);
});

test('parseGenericBody: names the placeholder that the sender did not replace', () => {
  const found = (text: string): string => {
    try {
      parseGenericBody(text);
      return '';
    } catch (error) {
      return error instanceof FieldError ? `${error.field}: ${error.found}` : String(error);
    }
  };
  const named = (name: string) => `the placeholder {{${name}}}, which the sender did not replace`;
  assert.equal(found(JSON.stringify({ ...GOOD, signal: '{{strategy.order.action}}' })), `signal: ${named('strategy.order.action')}`);
  assert.equal(found(JSON.stringify({ ...GOOD, price: '{{ close }}' })), `price: ${named('close')}`);
  assert.equal(found(JSON.stringify({ ...GOOD, instrument: '{{ticker}}' })), `instrument: ${named('ticker')}`);
  assert.equal(found(`{"instrument":"BTC-USD","price":{{close}},"signal":"BUY","strength":1}`), `body: ${named('close')}`);
  assert.equal(found(JSON.stringify({ ...GOOD, comment: '{{unused}}' })), '', 'a placeholder in an unknown field harms nothing');
});

test('parseGenericBody: accepts unknown fields and names them', () => {
  assert.deepEqual(parseGenericBody(JSON.stringify({ ...GOOD, comment: 'x', __proto: 1 })).unknownFields, ['comment', '__proto']);
});

const REFUSED = [
  [{ ...GOOD, instrument: undefined }, 'instrument', 'MALFORMED', 'it is missing'],
  [{ ...GOOD, instrument: 7 }, 'instrument', 'MALFORMED', 'it is not a string'],
  [{ ...GOOD, instrument: 'BTC.USD' }, 'instrument', 'MALFORMED', 'a dot would change the subject'],
  [{ ...GOOD, instrument: '>' }, 'instrument', 'MALFORMED', 'a wildcard would change the subject'],
  [{ ...GOOD, price: null }, 'price', 'MALFORMED', 'null is not a number'],
  [{ ...GOOD, price: 'NaN' }, 'price', 'REFUSED', 'NaN is not a number'],
  [{ ...GOOD, price: -611.87 }, 'price', 'REFUSED', 'a price is above zero'],
  [{ ...GOOD, signal: 'HOLD' }, 'signal', 'REFUSED', 'the gateway does not know the word'],
  [{ ...GOOD, signal: 'B U Y' }, 'signal', 'REFUSED', 'space inside a word makes another word'],
  [{ ...GOOD, signal: 'ſell' }, 'signal', 'REFUSED', 'a letter outside ASCII is another letter'],
  [{ ...GOOD, signal: ['BUY'] }, 'body', 'MALFORMED', 'a list is not a word'],
  [{ ...GOOD, price: '1,000' }, 'price', 'REFUSED', 'a comma groups digits in one country and begins decimals in another'],
  [{ ...GOOD, price: '1e3' }, 'price', 'REFUSED', 'an exponent is not a plain decimal'],
  [{ ...GOOD, price: '+611.87' }, 'price', 'REFUSED', 'a sign is not a plain decimal'],
  [{ ...GOOD, price: '' }, 'price', 'REFUSED', 'empty text is not a number'],
  [{ ...GOOD, strength: undefined }, 'strength', 'MALFORMED', 'it is missing'],
  [{ ...GOOD, strength: 1.5 }, 'strength', 'REFUSED', 'it is above 1'],
  [{ ...GOOD, strength: true }, 'strength', 'MALFORMED', 'true is not a number'],
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
