/** Tests the judge of the kill test: it finds each fault that a kill could leave. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Fill, NormalizedSignal, OrderEvent, OrderIntent, RawSignal } from '@flotilla/contracts';
import { accountOf, historyProblems } from './check-history.ts';
import type { History } from './read-history.ts';

/** One webhook that became one alert, one intent, one order and two fills, with the fields that the judge reads. */
const raw = { nonce: 'n1', corrId: 'c1' } as RawSignal;
const alert = { corrId: 'c1', kind: 'alert' } as NormalizedSignal;
const intent = { id: 'i1', corrId: 'c1' } as OrderIntent;
const event = (ordinal: number, status: OrderEvent['status'], filledQuantity: string) =>
  ({ orderId: 'o1', intentId: 'i1', ordinal, status, quantity: '1.5', filledQuantity }) as OrderEvent;
const fill = (id: string, quantity: string, side: Fill['side'] = 'BUY') =>
  ({ id, tradeId: `t-${id}`, orderId: 'o1', instrument: 'BTC-USD', side, price: '612', quantity, fee: '0.125' }) as Fill;
const good: History = {
  raws: [raw],
  alerts: [alert],
  intents: [intent],
  orderEvents: [event(0, 'ACCEPTED', '0'), event(1, 'PARTIALLY_FILLED', '0.7'), event(2, 'FILLED', '1.5')],
  fills: [fill('f1', '0.7'), fill('f2', '0.8')],
  poisoned: 0,
};

test('historyProblems: finds no problem, when the history is correct', () => assert.deepEqual(historyProblems(good, ['n1']), []));

for (const [reason, change, words] of [
  ['a webhook was lost', { raws: [], alerts: [], intents: [], orderEvents: [], fills: [] }, /n1 was lost/],
  ['a raw signal stands twice', { raws: [raw, raw] }, /n1 stands twice/],
  ['a signal was not normalized', { alerts: [] }, /c1 was lost/],
  ['a signal was normalized twice', { alerts: [alert, alert] }, /c1 stands twice/],
  ['a signal led to two intents', { intents: [intent, { ...intent, id: 'i2' }] }, /signal that led to an intent: c1 stands twice/],
  ['an intent has no order', { orderEvents: [], fills: [] }, /order intent and order: i1 was lost/],
  ['an intent became two orders', { orderEvents: [...good.orderEvents, { ...event(0, 'DENIED', '0'), orderId: 'o2' }] }, /became 2 orders/],
  ['an order never ended', { orderEvents: good.orderEvents.slice(0, 2) }, /went ACCEPTED > PARTIALLY_FILLED/],
  ['an order ended twice', { orderEvents: [...good.orderEvents, event(3, 'FILLED', '1.5')] }, /went .*FILLED > FILLED/],
  ['an order event is missing', { orderEvents: [event(0, 'ACCEPTED', '0'), event(2, 'FILLED', '1.5')] }, /ordinal 2 at place 1/],
  ['a fill was lost', { fills: [fill('f1', '0.7')] }, /says 1\.5 filled, its fills say 0\.7/],
  ['a fill stands twice', { fills: [...good.fills, fill('f2', '0.8')] }, /fill: f2 stands twice/],
  ['an order is overfilled', { fills: [...good.fills, fill('f3', '0.1')] }, /overfilled: 1\.6 of 1\.5/],
  ['a fill belongs to no order', { fills: [...good.fills, { ...fill('f9', '1'), orderId: 'o9' }] }, /o9 that does not exist/],
] as const satisfies readonly (readonly [string, Partial<History>, RegExp])[]) {
  test(`historyProblems: names the problem, when ${reason}`, () =>
    assert.match(historyProblems({ ...good, ...change }, ['n1']).join('\n'), words));
}

test('accountOf: adds up position, cash and fees to the last digit, by hand', () => {
  // 1000 − 0.7 × 612 − 0.125 − 0.8 × 612 − 0.125 + 0.5 × 612 − 0.125
  assert.deepEqual(accountOf([...good.fills, fill('f3', '0.5', 'SELL')], '1000'), { quantities: { 'BTC-USD': '1' }, cash: '387.625' });
});
