import assert from 'node:assert/strict';
import { test } from 'node:test';
import { INSTRUMENT_CATALOGUE, makeInstrument } from '@flotilla/contracts';
import { positionLots } from './position-size.ts';

const instrumentOf = (symbol: string) => makeInstrument(INSTRUMENT_CATALOGUE.find((known) => known.symbol === symbol)!);

const CASES = [
  { why: 'a quantity is taken as it stands', size: { quantity: '0.5' }, price: '1', symbol: 'BTC-USD', want: 50_000_000 },
  { why: 'a notional is divided by the price', size: { notional: '1000' }, price: '500', symbol: 'BTC-USD', want: 200_000_000 },
  { why: 'a share is not divided: 1000 / 167.41 = 5.97', size: { notional: '1000' }, price: '167.4100', symbol: 'SPY', want: 5 },
  { why: 'a price off the tick still sizes', size: { notional: '1' }, price: '3.0000000001', symbol: 'BTC-USD', want: 33_333_333 },
  { why: 'less than a lot is nothing', size: { notional: '100' }, price: '167.41', symbol: 'SPY', want: 0 },
] as const;

for (const { why, size, price, symbol, want } of CASES) {
  test(`positionLots: gives ${want}, when ${why}`, () => assert.equal(positionLots(size, price, instrumentOf(symbol)), want));
}

test('positionLots: refuses a size that is not a whole number of lots, or not a safe integer of them', () => {
  assert.throws(() => positionLots({ quantity: '0.5' }, '1', instrumentOf('SPY')), { code: 'QUANTITY_OFF_LOT' });
  assert.throws(() => positionLots({ notional: '999999999999999' }, '0.01', instrumentOf('BTC-USD')), { code: 'NUMBER_OUT_OF_RANGE' });
});
