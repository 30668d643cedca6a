import assert from 'node:assert/strict';
import { test } from 'node:test';
import { UNITS_PER_ONE } from '@flotilla/contracts';
import { bookFill, makeLedger } from './ledger.ts';
import { valueLedger } from './value-ledger.ts';

const fill = (side: 'BUY' | 'SELL', price: string, time = '2026-11-21T12:00:00.000Z') => ({
  strategy: 's',
  instrument: 'BTC-USD',
  side,
  quantity: '1',
  price,
  fee: '0',
  time,
});

test('valueLedger: names an instrument without a price, and counts its position at cost', () => {
  const ledger = makeLedger();
  bookFill(ledger, fill('BUY', '100'));
  assert.deepEqual(
    valueLedger(ledger, () => undefined),
    { profit: 0n, unrealized: 0n, marketValue: 100n * UNITS_PER_ONE, unpriced: ['BTC-USD'] },
  );
  assert.deepEqual(
    valueLedger(ledger, () => 101n * UNITS_PER_ONE),
    { profit: UNITS_PER_ONE, unrealized: UNITS_PER_ONE, marketValue: 101n * UNITS_PER_ONE, unpriced: [] },
  );
});

test('valueLedger: does not ask for the price of a flat position', () => {
  const ledger = makeLedger();
  bookFill(ledger, fill('BUY', '100'));
  bookFill(ledger, fill('SELL', '110'));
  assert.deepEqual(
    valueLedger(ledger, () => undefined),
    { profit: 10n * UNITS_PER_ONE, unrealized: 0n, marketValue: 0n, unpriced: [] },
  );
});

test('bookFill: adds up the result of one UTC day, and begins at zero on the next day', () => {
  const ledger = makeLedger();
  for (const [side, price] of [
    ['BUY', '100'],
    ['SELL', '110'],
    ['BUY', '100'],
    ['SELL', '107'],
  ] as const) {
    bookFill(ledger, fill(side, price));
  }
  assert.deepEqual(ledger.day, { day: '2026-11-21', net: 17n * UNITS_PER_ONE });
  assert.deepEqual(ledger.days.get('s'), ledger.day);
  bookFill(ledger, fill('BUY', '100', '2026-11-22T00:00:00.000Z'));
  bookFill(ledger, fill('SELL', '101', '2026-11-22T00:00:00.001Z'));
  assert.deepEqual(ledger.day, { day: '2026-11-22', net: UNITS_PER_ONE });
});
