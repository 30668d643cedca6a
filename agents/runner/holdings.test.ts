import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  type Fill,
  INSTRUMENT_CATALOGUE,
  makeInstrument,
  type OrderEvent,
  type OrderIntent,
  type OrderStatus,
  type Side,
} from '@flotilla/contracts';
import {
  expectedLots,
  type Holdings,
  isUncertain,
  NO_HOLDINGS,
  positionRange,
  SETTLED_INTENTS_MAX,
  UNANSWERED_GRACE_MS,
  withFill,
  withIntent,
  withOrderEvent,
  withoutExpired,
} from './holdings.ts';

const spy = makeInstrument(INSTRUMENT_CATALOGUE.find((known) => known.symbol === 'SPY')!);
const EXPIRES_AT = '2026-11-21T12:00:30.000Z';

const intent = (id: string, side: Side, quantity: string) =>
  ({ id, side, quantity, instrument: 'SPY', expiresAt: EXPIRES_AT }) as OrderIntent;
const event = (intentId: string, side: Side, status: OrderStatus, filledQuantity: string, leavesQuantity: string) =>
  ({ intentId, side, status, filledQuantity, leavesQuantity, instrument: 'SPY' }) as OrderEvent;
const fill = (intentId: string, side: Side, filledQuantity: string, leavesQuantity: string) =>
  ({ intentId, side, filledQuantity, leavesQuantity, instrument: 'SPY' }) as Fill;

const buyTen = withIntent(NO_HOLDINGS, intent('a', 'BUY', '10'), spy);
const CASES: readonly { readonly why: string; readonly found: Holdings; readonly want: number; readonly working: boolean }[] = [
  { why: 'a published intent counts whole', found: buyTen, want: 10, working: true },
  { why: 'a sell counts against', found: withIntent(buyTen, intent('b', 'SELL', '15'), spy), want: -5, working: true },
  { why: 'a denial takes it back', found: withOrderEvent(buyTen, event('a', 'BUY', 'DENIED', '0', '0'), spy), want: 0, working: false },
  {
    why: 'an acceptance changes nothing',
    found: withOrderEvent(buyTen, event('a', 'BUY', 'ACCEPTED', '0', '10'), spy),
    want: 10,
    working: true,
  },
  { why: 'a partial fill changes nothing', found: withFill(buyTen, fill('a', 'BUY', '4', '6'), spy), want: 10, working: true },
  { why: 'the last fill settles it', found: withFill(buyTen, fill('a', 'BUY', '10', '0'), spy), want: 10, working: false },
  {
    why: 'a cancelled remainder takes back what was not filled',
    found: withOrderEvent(withFill(buyTen, fill('a', 'BUY', '4', '6'), spy), event('a', 'BUY', 'CANCELLED', '4', '0'), spy),
    want: 4,
    working: false,
  },
  {
    why: 'the order event behind the last fill counts nothing twice',
    found: withOrderEvent(withFill(buyTen, fill('a', 'BUY', '10', '0'), spy), event('a', 'BUY', 'FILLED', '10', '0'), spy),
    want: 10,
    working: false,
  },
  {
    why: 'an order that exec made on its own counts',
    found: withOrderEvent(NO_HOLDINGS, event('flatten', 'SELL', 'FILLED', '3', '0'), spy),
    want: -3,
    working: false,
  },
  {
    why: 'a registration after the outcome opens nothing again',
    found: withIntent(withOrderEvent(NO_HOLDINGS, event('a', 'BUY', 'DENIED', '0', '0'), spy), intent('a', 'BUY', '10'), spy),
    want: 0,
    working: false,
  },
];

for (const { why, found, want, working } of CASES) {
  test(`expectedLots: is ${want}, because ${why}`, () => {
    assert.equal(expectedLots(found, 'SPY'), want);
    assert.equal(Object.keys(found.working).length > 0, working);
    assert.equal(expectedLots(found, 'AAPL'), 0);
  });
}

const accepted = withOrderEvent(buyTen, event('a', 'BUY', 'ACCEPTED', '0', '10'), spy);
const rested = withOrderEvent(accepted, event('a', 'BUY', 'RESTING', '0', '10'), spy);
const partly = { ...event('a', 'BUY', 'PARTIALLY_FILLED', '4', '6'), timeInForce: 'GTC' } as const;
const CERTAINTIES = [
  { why: 'exec has not answered yet', found: buyTen, want: true },
  { why: 'an accepted order may still be cancelled', found: accepted, want: true },
  {
    why: 'a partly filled order of what the market shows may lose its rest',
    found: withFill(buyTen, fill('a', 'BUY', '4', '6'), spy),
    want: true,
  },
  {
    why: 'it says so itself',
    found: withOrderEvent(buyTen, { ...partly, timeInForce: 'IOC' }, spy),
    want: true,
  },
  { why: 'it rests', found: rested, want: false },
  { why: 'it rests still after a fill', found: withFill(rested, fill('a', 'BUY', '4', '6'), spy), want: false },
  { why: 'its rest waits in the market', found: withOrderEvent(accepted, partly, spy), want: false },
  { why: 'it ended', found: withOrderEvent(buyTen, event('a', 'BUY', 'DENIED', '0', '0'), spy), want: false },
];
for (const { why, found, want } of CERTAINTIES) {
  test(`isUncertain: is ${want}, because ${why}`, () => {
    assert.equal(isUncertain(found, 'SPY'), want);
    assert.equal(isUncertain(found, 'AAPL'), false);
  });
}

const sold = withOrderEvent(
  withOrderEvent(rested, event('b', 'SELL', 'RESTING', '0', '3'), spy),
  event('b', 'SELL', 'RESTING', '1', '2'),
  spy,
);
const RANGES = [
  { why: 'nothing is held', found: NO_HOLDINGS, want: [0, 0] },
  { why: 'a BUY of 10 may fill or not', found: rested, want: [0, 10] },
  { why: '4 of the BUY are filled', found: withFill(rested, fill('a', 'BUY', '4', '6'), spy), want: [4, 10] },
  { why: 'a SELL of 3 rests beside the BUY, with 1 filled', found: sold, want: [-3, 9] },
  { why: 'all is settled', found: withFill(rested, fill('a', 'BUY', '10', '0'), spy), want: [10, 10] },
];
for (const { why, found, want } of RANGES) {
  test(`positionRange: is from ${want[0]} to ${want[1]}, because ${why}`, () => {
    const { leastLots, mostLots } = positionRange(found, 'SPY');
    assert.deepEqual([leastLots, mostLots], want);
    assert.deepEqual(positionRange(found, 'AAPL'), { leastLots: 0, mostLots: 0 });
  });
}

test('withoutExpired: forgets an intent that exec never told of, when it expired more than the grace ago', () => {
  const endMs = Date.parse(EXPIRES_AT) + UNANSWERED_GRACE_MS;
  assert.equal(withoutExpired(buyTen, endMs), buyTen);
  assert.equal(expectedLots(withoutExpired(buyTen, endMs + 1), 'SPY'), 0);
  assert.equal(expectedLots(withoutExpired(rested, endMs + 1), 'SPY'), 10, 'an accepted order lives as long as exec says');
});

test('holdings: keeps a bounded size, when orders come and go', () => {
  let holdings = NO_HOLDINGS;
  for (let index = 0; index < SETTLED_INTENTS_MAX * 3; index += 1) {
    holdings = withOrderEvent(holdings, event(`i${index}`, 'BUY', 'FILLED', '1', '0'), spy);
  }
  assert.equal(holdings.settledIntentIds.length, SETTLED_INTENTS_MAX);
  assert.equal(expectedLots(holdings, 'SPY'), SETTLED_INTENTS_MAX * 3);
});
