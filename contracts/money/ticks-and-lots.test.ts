import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { INSTRUMENT_CATALOGUE, makeInstrument } from './instrument.ts';
import { roundToStep } from './round-to-step.ts';
import { formatPrice, formatQuantity, toQuantityLots } from './ticks-and-lots.ts';

const bitcoin = makeInstrument({ symbol: 'BTC-USD', tickSize: '0.01', lotSize: '0.00000001' });
const quarter = makeInstrument({ symbol: 'ZN', tickSize: '0.25', lotSize: '5' });

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
        assert.equal(roundToStep(formatPrice(steps, instrument), instrument.tickUnits, 'down'), BigInt(steps));
        assert.equal(toQuantityLots(formatQuantity(steps, instrument), instrument), steps);
      }),
    );
  }
});

test('makeInstrument: refuses a tick and lot that together need more than 18 places', () => {
  assert.throws(() => makeInstrument({ symbol: 'X', tickSize: '0.0000000001', lotSize: '0.000000001' }), { code: 'NUMBER_TOO_PRECISE' });
});
