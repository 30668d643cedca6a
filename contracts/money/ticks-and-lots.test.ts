import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { INSTRUMENT_CATALOGUE, makeInstrument } from './instrument.ts';
import { formatPrice, formatQuantity, toPriceTicks, toQuantityLots } from './ticks-and-lots.ts';

const bitcoin = makeInstrument({ symbol: 'BTC-USD', tickSize: '0.01', lotSize: '0.00000001' });
const quarter = makeInstrument({ symbol: 'ZN', tickSize: '0.25', lotSize: '5' });

test('toPriceTicks: counts steps of the tick size', () => {
  assert.equal(toPriceTicks('611.87', bitcoin), 61187);
  assert.equal(toPriceTicks('110.75', quarter), 443);
});

test('toPriceTicks: refuses a price between two ticks', () => {
  assert.throws(() => toPriceTicks('611.875', bitcoin), { code: 'PRICE_OFF_TICK' });
  assert.throws(() => toPriceTicks('110.80', quarter), { code: 'PRICE_OFF_TICK' });
});

test('toQuantityLots: refuses a quantity that is not a multiple of the lot, is zero, or is negative', () => {
  assert.throws(() => toQuantityLots('7', quarter), { code: 'QUANTITY_OFF_LOT' });
  assert.throws(() => toQuantityLots('0', bitcoin), { code: 'NUMBER_OUT_OF_RANGE' });
  assert.throws(() => toQuantityLots('-1', bitcoin), { code: 'NUMBER_OUT_OF_RANGE' });
  assert.throws(() => toQuantityLots('999999999999999', bitcoin), { code: 'NUMBER_OUT_OF_RANGE' });
});

test('format: gives back what was read, for every instrument of the catalogue', () => {
  for (const definition of INSTRUMENT_CATALOGUE) {
    const instrument = makeInstrument(definition);
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 10_000_000 }), (steps) => {
        assert.equal(toPriceTicks(formatPrice(steps, instrument), instrument), steps);
        assert.equal(toQuantityLots(formatQuantity(steps, instrument), instrument), steps);
      }),
    );
  }
});

test('makeInstrument: refuses a tick and lot that together need more than 18 places', () => {
  assert.throws(() => makeInstrument({ symbol: 'X', tickSize: '0.0000000001', lotSize: '0.000000001' }), { code: 'NUMBER_TOO_PRECISE' });
});
