import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatUnits, makeInstrument, type NormalizedSignal } from '@flotilla/contracts';
import { quoteFixture } from '../testing/fixtures.ts';
import { type MarketUpdate, marketUpdateOf } from './market.ts';

const INSTRUMENT = makeInstrument({ symbol: 'BTC-USD', tickSize: '0.01', lotSize: '0.001', displayedQuantity: '3' });
const base = quoteFixture('s', '1', '2');
const shape = { ...base, kind: undefined, bid: undefined, ask: undefined, condition: undefined };
const bar = (close: string, volume: string) =>
  ({ ...shape, kind: 'bar', openTime: base.eventTime, open: '1', high: '9', low: '1', close, volume }) as unknown as NormalizedSignal;
const trade = (price: string, size: string) => ({ ...shape, kind: 'trade', price, size }) as unknown as NormalizedSignal;
const alert = { ...shape, kind: 'alert', signal: 'BUY', strength: '1', price: '5' } as unknown as NormalizedSignal;

const show = (update: MarketUpdate | undefined) =>
  update === undefined
    ? undefined
    : [update.bid, update.ask].map((level) => `${formatUnits(level.quantity)}@${formatUnits(level.price)}`).join(' / ') +
      ` ~ ${formatUnits(update.reference)}`;

const CASES: readonly (readonly [reason: string, signal: NormalizedSignal, want: string | undefined])[] = [
  ['a quote carries sizes', quoteFixture('q', '100', '101', { bidSize: '1', askSize: '2' }), '1@100 / 2@101 ~ 100.5'],
  ['a quote carries no sizes', quoteFixture('q', '100', '101'), '3@100 / 3@101 ~ 100.5'],
  ['a quote is locked', quoteFixture('q', '100', '100', { condition: 'LOCKED' }), '3@100 / 3@100 ~ 100'],
  ['a quote is crossed', quoteFixture('q', '101', '100', { condition: 'CROSSED' }), undefined],
  ['a crossed quote calls itself normal', quoteFixture('q', '101', '100'), undefined],
  ['a quote is off the tick', quoteFixture('q', '100.001', '100.011'), '3@100 / 3@100.02 ~ 100.01'],
  ['a bid is below one tick', quoteFixture('q', '0.001', '1'), undefined],
  ['a trade shows its size, in whole lots', trade('100.019', '1.0009'), '1@100.01 / 1@100.01 ~ 100.01'],
  ['a bar shows its volume at the close', bar('7', '12'), '12@7 / 12@7 ~ 7'],
  ['a bar without volume shows nothing', bar('7', '0'), '0@7 / 0@7 ~ 7'],
  ['price and volume have more than 18 decimals', bar('7.0000000000000000001', '0.0000000000000000001'), '0@7 / 0@7 ~ 7'],
  ['a bar closes at no number', bar('NaN', '1'), undefined],
  ['an alert names a price', alert, undefined],
];

for (const [reason, signal, want] of CASES) {
  test(`marketUpdateOf: gives ${want ?? 'no price'}, when ${reason}`, () => {
    assert.equal(show(marketUpdateOf(signal, INSTRUMENT, 0)), want);
  });
}
