import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { formatUnits, parseUnits } from '@flotilla/contracts';
import { bookFill, CLOSED_POSITIONS_MAX, makeLedger, positionOf } from './ledger.ts';
import { equityOf, valueLedger } from './value-ledger.ts';

type Booked = Parameters<typeof bookFill>[1];

const TIME = '2026-11-21T12:00:00.000Z';
const cents = (value: number) => formatUnits(BigInt(value) * 10n ** 16n);
const satoshis = (value: number) => formatUnits(BigInt(value) * 10n ** 10n);
const millionths = (value: number) => formatUnits(BigInt(value) * 10n ** 12n);

const fill: fc.Arbitrary<Booked> = fc.record({
  strategy: fc.constantFrom('a', 'b'),
  instrument: fc.constantFrom('X', 'Y'),
  side: fc.constantFrom('BUY' as const, 'SELL' as const),
  quantity: fc.integer({ min: 1, max: 500_000_000 }).map(satoshis),
  price: fc.integer({ min: 1, max: 9_999_999 }).map(cents),
  fee: fc.integer({ min: -5_000, max: 900_000 }).map(millionths),
  time: fc.constantFrom(TIME, '2026-11-22T00:00:00.000Z'),
});

/** A second arithmetic for comparison: whole numbers of 10^-10 (price in cents × quantity in satoshis), summed without positions. */
function naive(fills: readonly Booked[], marks: Readonly<Record<string, number>>) {
  let cash = 0n;
  const quantities = new Map<string, bigint>();
  for (const { side, price, quantity, fee, instrument } of fills) {
    const lots = BigInt(Math.round(Number(quantity) * 1e8)) * (side === 'BUY' ? 1n : -1n);
    cash -= BigInt(Math.round(Number(price) * 100)) * lots;
    cash -= BigInt(Math.round(Number(fee) * 1e6)) * 10_000n;
    quantities.set(instrument, (quantities.get(instrument) ?? 0n) + lots);
  }
  let value = 0n;
  for (const [instrument, lots] of quantities) value += lots * BigInt(marks[instrument] ?? 0);
  return { cash: cash * 10n ** 8n, equity: (cash + value) * 10n ** 8n };
}

test('bookFill: keeps cash, cost, profit and equity equal to a naive sum to the last digit, for any fills', () => {
  fc.assert(
    fc.property(
      fc.array(fill, { maxLength: 60 }),
      fc.integer({ min: 1, max: 9_999_999 }),
      fc.integer({ min: 1, max: 9_999_999 }),
      (fills, x, y) => {
        const ledger = makeLedger();
        for (const each of fills) bookFill(ledger, each);
        const marks: Record<string, number> = { X: x, Y: y };
        const valuation = valueLedger(ledger, (instrument) => parseUnits(cents(marks[instrument] ?? 0)));
        const expected = naive(fills, marks);
        const cost = [...ledger.entries.values()].reduce((sum, { position }) => sum + position.cost, 0n);
        assert.equal(ledger.cashFlow, expected.cash);
        assert.equal(equityOf(ledger, 0n, valuation), expected.equity);
        assert.equal(ledger.cashFlow + cost, ledger.realized - ledger.fees);
        assert.equal(valuation.profit, expected.equity);
        for (const { position } of ledger.entries.values()) if (position.quantity === 0n) assert.equal(position.cost, 0n);
      },
    ),
  );
});

test('bookFill: sums realized P&L less fees per UTC day, when midnight falls between two fills', () => {
  const ledger = makeLedger();
  const base = { strategy: 'a', instrument: 'X', fee: '1' };
  bookFill(ledger, { ...base, side: 'BUY', quantity: '1', price: '10', time: '2026-11-21T23:59:59.999Z' });
  assert.deepEqual(ledger.day, { day: '2026-11-21', net: parseUnits('-1') });
  bookFill(ledger, { ...base, side: 'SELL', quantity: '1', price: '15', time: '2026-11-22T00:00:00.000Z' });
  assert.deepEqual(ledger.day, { day: '2026-11-22', net: parseUnits('4') });
  assert.deepEqual(ledger.days.get('a'), ledger.day);
  assert.equal(positionOf(ledger, 'a', 'X').fees, parseUnits('2'));
});

test('valueLedger: values a position at cost and names its instrument, when the instrument has no price', () => {
  const ledger = makeLedger();
  bookFill(ledger, { strategy: 'a', instrument: 'X', side: 'BUY', quantity: '2', price: '10', fee: '0', time: TIME });
  const valuation = valueLedger(ledger, () => undefined);
  assert.deepEqual(valuation.unpriced, ['X']);
  assert.equal(equityOf(ledger, parseUnits('100'), valuation), parseUnits('100'));
});

test('bookFill: keeps a position that was opened again, when a thousand others are closed after it', () => {
  const ledger = makeLedger();
  const trade = (instrument: string, side: 'BUY' | 'SELL') =>
    bookFill(ledger, { strategy: 'a', instrument, side, quantity: '1', price: '1', fee: '0', time: TIME });
  trade('again', 'BUY');
  trade('again', 'SELL');
  trade('again', 'BUY');
  for (let index = 0; index <= CLOSED_POSITIONS_MAX; index += 1) {
    trade(`i${index}`, 'BUY');
    trade(`i${index}`, 'SELL');
  }
  assert.equal(positionOf(ledger, 'a', 'again').quantity, parseUnits('1'));
  assert.equal(ledger.entries.has('a/i0'), false, 'the one that was closed longest ago is forgotten');
  assert.equal(ledger.entries.has('a/i1'), true);
});
