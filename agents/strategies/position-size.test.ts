import assert from 'node:assert/strict';
import { test } from 'node:test';
import { INSTRUMENT_CATALOGUE, makeInstrument } from '@flotilla/contracts';
import { sizePosition } from './position-size.ts';

const instrumentOf = (symbol: string) => makeInstrument(INSTRUMENT_CATALOGUE.find((known) => known.symbol === symbol)!);

const CASES = [
  { why: 'a quantity is taken as it stands', size: { quantity: '0.5' }, ticks: 1n, symbol: 'BTC-USD', want: 50_000_000 },
  { why: 'a notional is divided by the price', size: { notional: '1000' }, ticks: 50_000n, symbol: 'BTC-USD', want: 200_000_000 },
  { why: 'a share is not divided: 1000 / 167.41 = 5.97', size: { notional: '1000' }, ticks: 1_674_100n, symbol: 'SPY', want: 5 },
  { why: '1000 / 414.25 is rounded down to a lot', size: { notional: '1000' }, ticks: 41_425n, symbol: 'ETH-USD', want: 241_400_120 },
] as const;

for (const { why, size, ticks, symbol, want } of CASES) {
  test(`sizePosition: gives ${want} lots, when ${why}`, () => {
    assert.deepEqual(sizePosition(size, ticks, instrumentOf(symbol)), { ok: true, lots: want });
  });
}

const IMPOSSIBLE = [
  {
    why: 'the notional is below one lot',
    size: { notional: '100' },
    ticks: 1_674_100n,
    symbol: 'SPY',
    want: 'SPY: expected a position of at least one lot of 1, found 0 lots for notional 100 at 167.41',
  },
  {
    why: 'the lots leave the safe integers',
    size: { notional: '999999999999999' },
    ticks: 1n,
    symbol: 'BTC-USD',
    want: 'BTC-USD: expected a position of at most 2251799813685248 lots of 0.00000001, found 9999999999999990000000000 lots for notional 999999999999999 at 0.01',
  },
  {
    why: 'a turn from one side to the other would leave the safe integers',
    size: { quantity: '22517998.136853' },
    ticks: 1n,
    symbol: 'BTC-USD',
    want: 'BTC-USD: expected a position of at most 2251799813685248 lots of 0.00000001, found 2251799813685300 lots for quantity 22517998.136853',
  },
  {
    why: 'the quantity is not a whole number of lots',
    size: { quantity: '0.5' },
    ticks: 1n,
    symbol: 'SPY',
    want: 'SPY: expected a multiple of the lot size 1, found 0.5',
  },
] as const;

for (const { why, size, ticks, symbol, want } of IMPOSSIBLE) {
  test(`sizePosition: says why there is no position, when ${why}`, () => {
    assert.deepEqual(sizePosition(size, ticks, instrumentOf(symbol)), { ok: false, problem: want });
  });
}
