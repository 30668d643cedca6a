/** Faults that users of other trading engines reported, as a user would see them: what is ordered, held and lost after some signals. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { openPaperDesk } from '../testing/paper-desk.ts';
import { makeAlert, makeBar } from '../testing/signal-fixture.ts';

const COARSE_BITCOIN = { symbol: 'BTC-USD', tickSize: '0.01', lotSize: '0.001' };
const SHARE = { symbol: 'BTC-USD', tickSize: '0.01', lotSize: '1' };
/** A share of which a half can be traded. */
const HALF_SHARE = { symbol: 'BTC-USD', tickSize: '0.01', lotSize: '0.5' };

test('momentum: closes its short, when its notional is below one lot at the price of the reversal', () => {
  const desk = openPaperDesk('Momentum', { fastBars: 2, slowBars: 4, notional: '50', allowShort: true }, COARSE_BITCOIN);
  for (const [second, close] of ['49900', '49900', '49880', '49860', '49840', '49820', '50300'].entries())
    desk.feed(makeBar(second, close));
  assert.deepEqual([desk.orders, desk.market.position(), desk.market.profit()], [['SELL 0.001 IOC', 'BUY 0.001 IOC'], '0', '-0.44']);
  for (const [index, close] of ['51000', '52000', '55000', '58000', '62000'].entries()) desk.feed(makeBar(7 + index, close));
  assert.deepEqual([desk.market.position(), desk.market.profit()], ['0', '-0.44'], 'flat at 62,000');
});

test('meanReversion: closes its short, when its notional is below one lot at the price of the reversal', () => {
  // With a window of two bars, a close above the one before is one deviation above the mean, and a close below is one below.
  const desk = openPaperDesk('MeanReversion', { windowBars: 2, entryZScore: 1, notional: '98', allowShort: true }, SHARE);
  for (const [second, close] of ['97', '97.9', '99', '98.5'].entries()) desk.feed(makeBar(second, close, { volume: '10' }));
  assert.deepEqual([desk.orders, desk.market.position(), desk.market.profit()], [['SELL 1 IOC', 'BUY 1 IOC'], '0', '-0.6']);
});

test('momentum: exits on the next bar, when its exit found less than one lot shown', () => {
  const desk = openPaperDesk('Momentum', { fastBars: 1, slowBars: 2, quantity: '2' }, SHARE);
  const bars = [
    ['99', '10'],
    ['101', '10'],
    ['100', '0.5'],
    ['95', '10'],
    ['80', '10'],
    ['60', '10'],
  ] as const;
  for (const [second, [close, volume]] of bars.entries()) desk.feed(makeBar(second, close, { volume }));
  assert.deepEqual([desk.orders, desk.market.position(), desk.market.profit()], [['BUY 2 IOC', 'SELL 2 IOC', 'SELL 2 IOC'], '0', '-12']);
});

test('momentum: exits the rest on the next bars, when its exit found a part shown', () => {
  const desk = openPaperDesk('Momentum', { fastBars: 1, slowBars: 2, quantity: '2' }, HALF_SHARE);
  for (const [second, [close, volume]] of [
    ['99', '10'],
    ['101', '10'],
    ['100', '0.5'],
    ['95', '1'],
    ['94', '10'],
  ].entries()) {
    desk.feed(makeBar(second, close ?? '', { volume: volume ?? '' }));
  }
  assert.deepEqual(desk.orders, ['BUY 2 IOC', 'SELL 2 IOC', 'SELL 1.5 IOC', 'SELL 0.5 IOC']);
  assert.equal(desk.market.position(), '0');
});

test('momentum: closes and does not open, when exec denies the reversal for its size', () => {
  const desk = openPaperDesk('Momentum', { fastBars: 1, slowBars: 2, quantity: '2', allowShort: true }, SHARE);
  for (const [second, close] of ['99', '101'].entries()) desk.feed(makeBar(second, close, { volume: '10' }));
  desk.market.denyAbove('3');
  for (const [index, close] of ['95', '90', '85', '80'].entries()) desk.feed(makeBar(2 + index, close, { volume: '10' }));
  assert.deepEqual([desk.orders, desk.market.position()], [['BUY 2 IOC', 'SELL 4 IOC', 'SELL 2 IOC'], '0']);
});

/** An order for 2 of which 1 is filled, and FLAT. */
function flattenBesideRest() {
  const desk = openPaperDesk('Alert', { quantity: '2' }, HALF_SHARE);
  const feedBar = (second: number) => desk.feed(makeBar(second, '100', { volume: '0.5' }));
  feedBar(1);
  desk.feed(makeAlert('buy', 'BUY'));
  feedBar(2);
  desk.feed(makeAlert('flat', 'FLAT'));
  assert.deepEqual([desk.orders, desk.market.position()], [['BUY 2 GTC', 'SELL 1 GTC'], '1'], 'only the filled part is sold');
  return { desk, feedBar };
}

test('alert: never goes short without allowShort, when a part of its order rests and fills later', () => {
  const { desk, feedBar } = flattenBesideRest();
  for (let second = 3; second < 12; second += 1) feedBar(second);
  assert.equal(Math.min(...desk.market.positionsLots), 0);
  assert.equal(desk.market.position(), '0');
});

test('alert: never goes short without allowShort, when a part of its order rests and is cancelled', () => {
  const { desk, feedBar } = flattenBesideRest();
  desk.market.cancelResting('BUY');
  for (let second = 3; second < 12; second += 1) feedBar(second);
  assert.equal(Math.min(...desk.market.positionsLots), 0);
  assert.deepEqual([desk.orders, desk.market.position()], [['BUY 2 GTC', 'SELL 1 GTC'], '0']);
});

test('agents: hold no short without allowShort and end flat, whatever is shown, rests, is cancelled or is denied', () => {
  const step = fc.oneof(
    fc.record({ close: fc.integer({ min: 95, max: 105 }), volume: fc.constantFrom('0', '0.5', '1', '10') }),
    fc.constantFrom('BUY', 'SELL', 'FLAT'),
    fc.constantFrom('cancel BUY', 'cancel SELL', 'deny above 1', 'deny above 9'),
  );
  const play = (agent: 'Alert' | 'Momentum', steps: readonly (string | { readonly close: number; readonly volume: string })[]) => {
    const desk = openPaperDesk(agent, { quantity: '2', ...(agent === 'Momentum' ? { fastBars: 1, slowBars: 2 } : {}) }, HALF_SHARE);
    let second = 0;
    const feedBar = (close: number, volume: string) => desk.feed(makeBar((second += 1), String(close), { volume }));
    for (const one of steps) {
      if (typeof one === 'object') feedBar(one.close, one.volume);
      else if (one.startsWith('cancel')) desk.market.cancelResting(one.endsWith('BUY') ? 'BUY' : 'SELL');
      else if (one.startsWith('deny')) desk.market.denyAbove(one.slice(-1));
      else desk.feed(makeAlert(`alert-${(second += 1)}`, one as 'BUY'));
    }
    desk.market.denyAbove('9');
    desk.feed(makeAlert('last', 'FLAT'));
    for (const close of [100, 99, 98, 97, 96, 95, 94, 93]) feedBar(close, '10');
    return desk.market;
  };
  fc.assert(
    fc.property(fc.constantFrom('Alert', 'Momentum'), fc.array(step, { maxLength: 40 }), (agent, steps) => {
      const market = play(agent, steps);
      assert.ok(
        market.positionsLots.every((lots) => lots >= 0),
        market.positionsLots.join(' '),
      );
      assert.equal(market.position(), '0');
    }),
    { numRuns: 500 },
  );
});
