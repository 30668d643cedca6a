import assert from 'node:assert/strict';
import { test } from 'node:test';
import { UNITS_PER_ONE } from '@flotilla/contracts';
import { recordOrderEvent } from '../orders/order-book.ts';
import { makeExecState } from '../state/exec-state.ts';
import { orderEventFixture } from '../testing/order-events.ts';
import { compareWithVenue, ledgerViewOf, type LedgerView } from './compare.ts';

const LEDGER: LedgerView = {
  open: new Map([['a', UNITS_PER_ONE]]),
  underWay: new Set(['w']),
  positions: new Map([['X', 2n * UNITS_PER_ONE]]),
  gaps: [],
};
const VENUE_ORDERS = [{ orderId: 'a', instrument: 'X', leaves: UNITS_PER_ONE }];
const VENUE_POSITIONS = new Map([['X', 2n * UNITS_PER_ONE]]);

test('compareWithVenue: matches, when ledger and venue agree, whether an order under way is open or not', () => {
  assert.equal(compareWithVenue(LEDGER, VENUE_ORDERS, VENUE_POSITIONS).result, 'MATCHED');
  const withUnderWay = [...VENUE_ORDERS, { orderId: 'w', instrument: 'X', leaves: UNITS_PER_ONE }];
  assert.equal(compareWithVenue(LEDGER, withUnderWay, VENUE_POSITIONS).result, 'MATCHED');
});

const CASES: readonly (readonly [
  reason: string,
  found: ReturnType<typeof compareWithVenue>,
  what: string,
  ledger: string,
  venue: string,
])[] = [
  ['an order is not open at the venue', compareWithVenue(LEDGER, [], VENUE_POSITIONS), 'order a', '1', 'not open'],
  [
    'the open quantity of an order differs',
    compareWithVenue(LEDGER, [{ orderId: 'a', instrument: 'X', leaves: 3n * UNITS_PER_ONE }], VENUE_POSITIONS),
    'order a',
    '1',
    '3',
  ],
  [
    'the venue holds an order that the ledger does not',
    compareWithVenue(LEDGER, [...VENUE_ORDERS, { orderId: 'z', instrument: 'X', leaves: UNITS_PER_ONE }], VENUE_POSITIONS),
    'order z',
    'not open',
    '1',
  ],
  ['a position differs', compareWithVenue(LEDGER, VENUE_ORDERS, new Map([['X', UNITS_PER_ONE]])), 'position X', '2', '1'],
  [
    'the venue holds a position that the ledger does not',
    compareWithVenue(LEDGER, VENUE_ORDERS, new Map([...VENUE_POSITIONS, ['Y', UNITS_PER_ONE]])),
    'position Y',
    '0',
    '1',
  ],
  [
    'fills of an order are missing',
    compareWithVenue({ ...LEDGER, gaps: ['g'] }, VENUE_ORDERS, VENUE_POSITIONS),
    'fills of order g',
    'incomplete',
    'unknown',
  ],
];

for (const [reason, found, what, ledger, venue] of CASES) {
  test(`compareWithVenue: names the difference, when ${reason}`, () => {
    assert.equal(found.result, 'MISMATCHED');
    assert.deepEqual(found.differences, [{ what, ledger, venue }]);
  });
}

test('compareWithVenue: names the smallest position that only one of both holds', () => {
  const flat = { ...LEDGER, positions: new Map() };
  assert.equal(compareWithVenue(flat, VENUE_ORDERS, new Map([['X', 1n]])).differences.length, 1);
  assert.equal(compareWithVenue({ ...flat, positions: new Map([['X', 1n]]) }, VENUE_ORDERS, new Map()).differences.length, 1);
});

test('ledgerViewOf: tells orders that must be open from those on their way, and leaves flat positions out', () => {
  const state = makeExecState();
  recordOrderEvent(state.orders, orderEventFixture({ orderId: 'way' }), undefined);
  recordOrderEvent(state.orders, orderEventFixture({ orderId: 'rests' }), undefined);
  recordOrderEvent(state.orders, orderEventFixture({ orderId: 'rests', ordinal: 1, status: 'RESTING' }), undefined);
  state.ledger.netQuantities.set('FLAT', 0n).set('DUST', 1n);
  const view = ledgerViewOf(state);
  assert.deepEqual([[...view.open], [...view.underWay], [...view.positions]], [[['rests', UNITS_PER_ONE]], ['way'], [['DUST', 1n]]]);
});
