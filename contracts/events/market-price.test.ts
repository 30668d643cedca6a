import assert from 'node:assert/strict';
import { test } from 'node:test';
import { makeInstrument } from '../money/instrument.ts';
import { type MarketPriceFound, marketPriceOf } from './market-price.ts';
import type { NormalizedSignal } from './signals.ts';

const instrument = makeInstrument({ symbol: 'BTC-USD', tickSize: '0.01', lotSize: '0.001' });
const signalOf = (fields: object) => fields as NormalizedSignal;
const quote = (bid: string, ask: string, condition = 'NORMAL') => signalOf({ kind: 'quote', bid, ask, condition });
const trade = (price: string) => signalOf({ kind: 'trade', price, size: '1' });
const bar = (close: string) => signalOf({ kind: 'bar', close, open: '1', high: '1', low: '1', volume: '1' });
const alert = signalOf({ kind: 'alert', signal: 'BUY', strength: '1', price: '5' });

const show = (found: MarketPriceFound) =>
  found.usable ? `${found.price.bidTicks}/${found.price.askTicks} ~ ${found.price.referenceTicks}` : found.problem;

const CASES = [
  ['a quote is on the tick', quote('100', '101'), '10000/10100 ~ 10050'],
  ['the midpoint lies between two ticks', quote('100', '100.01'), '10000/10001 ~ 10000'],
  ['a quote has more decimals than the tick', quote('100.001', '100.011'), '10000/10002 ~ 10001'],
  ['a quote is locked', quote('100', '100', 'LOCKED'), '10000/10000 ~ 10000'],
  ['a quote is crossed', quote('101', '100', 'CROSSED'), 'CROSSED'],
  ['a crossed quote calls itself normal', quote('101', '100'), 'CROSSED'],
  ['a bid is below one tick', quote('0.001', '1'), 'OFF_SCALE'],
  ['a trade has more decimals than the tick', trade('611.8799'), '61187/61187 ~ 61187'],
  ['a trade is below one tick', trade('0.0099'), 'OFF_SCALE'],
  ['a bar has more decimals than the tick', bar('611.8799'), '61187/61187 ~ 61187'],
  ['a bar closes at no number', bar('NaN'), 'OFF_SCALE'],
  ['an alert names a price', alert, 'OPINION'],
] as const;

for (const [why, signal, want] of CASES) {
  test(`marketPriceOf: gives ${want}, when ${why}`, () => assert.equal(show(marketPriceOf(signal, instrument)), want));
}
