import assert from 'node:assert/strict';
import { test } from 'node:test';
import { INSTRUMENT_CATALOGUE, makeInstrument } from '@flotilla/contracts';
import { momentumParametersSchema } from '@flotilla/contracts/resources/agent-parameters.ts';
import fc from 'fast-check';
import { momentum } from './momentum.ts';
import { runStrategy } from '../testing/run-strategy.ts';
import { makeAlert, makeBar, makeQuote } from '../testing/signal-fixture.ts';

const bitcoin = makeInstrument(INSTRUMENT_CATALOGUE.find((known) => known.symbol === 'BTC-USD')!);
const parametersOf = (over: object) => momentumParametersSchema.parse({ quantity: '0.5', fastBars: 2, slowBars: 4, ...over });

/** Coinbase BTC/USD, the first twelve seconds with a trade on 2016-10-07 (QuantConnect LEAN sample data, Apache-2.0). */
const RECORDED = [
  [4, '611.87'],
  [30, '611.9'],
  [68, '611.87'],
  [92, '611.88'], // fast 611.875, slow 611.88: below, and the first with a full window
  [128, '611.81'],
  [139, '611.8'],
  [150, '611.87'],
  [181, '611.81'], // fast 611.84, slow 611.8225: above
  [184, '611.87'],
  [217, '611.86'],
  [234, '611.83'],
  [244, '611.84'], // fast 611.835, slow 611.85: below
] as const;
const recordedBars = RECORDED.map(([second, close]) => makeBar(second, close));
const brief = (targets: readonly { signalId: string; targetLots: number }[]) =>
  targets.map((target) => [target.signalId, target.targetLots]);

test('momentum: proposes at each crossing and nowhere else, when it folds recorded bars', () => {
  const run = runStrategy(momentum, parametersOf({}), bitcoin, recordedBars);
  assert.deepEqual(brief(run.targets), [
    ['bar-181', 50_000_000],
    ['bar-244', 0],
  ]);
  assert.equal(run.targets[0]?.reason, 'average of 2 bars (611.84) went above the average of 4 (611.82)');
});

test('momentum: goes short below, when shorts are allowed', () => {
  const run = runStrategy(momentum, parametersOf({ allowShort: true }), bitcoin, recordedBars);
  assert.deepEqual(brief(run.targets), [
    ['bar-92', -50_000_000],
    ['bar-181', 50_000_000],
    ['bar-244', -50_000_000],
  ]);
});

test('momentum: keeps its position, when the averages are closer than the threshold', () => {
  // 611.84 against 611.8225 is 0.29 bps.
  const run = runStrategy(momentum, parametersOf({ thresholdBps: 1 }), bitcoin, recordedBars);
  assert.deepEqual(run.targets, []);
});

test('momentum: turns a notional into lots at the close, rounded down', () => {
  const run = runStrategy(momentum, parametersOf({ quantity: undefined, notional: '1000' }), bitcoin, recordedBars);
  // 1000 / 611.81 = 1.634494369…
  assert.equal(run.targets[0]?.targetLots, 163_449_436);
});

test('momentum: opens nothing, when the notional is below one lot', () => {
  const run = runStrategy(momentum, parametersOf({ quantity: undefined, notional: '0.000001' }), bitcoin, recordedBars);
  assert.deepEqual(run.targets, []);
});

test('momentum: ignores a bar that is not newer than the last, an alert and a crossed quote', () => {
  const parameters = parametersOf({});
  const before = runStrategy(momentum, parameters, bitcoin, recordedBars.slice(0, 7)).state;
  for (const signal of [makeBar(150, '700'), makeBar(149, '700'), makeAlert('a', 'BUY'), makeQuote('q', '700', '600', 'CROSSED')]) {
    const step = momentum.onSignal(before, signal, { parameters, instrument: bitcoin });
    assert.equal(step.state, before, signal.id);
    assert.deepEqual(step.targets, [], signal.id);
  }
});

test('momentum: fills its window anew, when the feed begins again', () => {
  const parameters = parametersOf({});
  const first = runStrategy(momentum, parameters, bitcoin, recordedBars);
  const again = runStrategy(momentum, parameters, bitcoin, recordedBars, first.state);
  assert.deepEqual(brief(again.targets), brief(first.targets));
  assert.deepEqual(again.state, first.state);
});

test('momentum: agrees with averages computed from scratch, for any closes', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 10_000_000 }), { maxLength: 60 }), fc.integer({ min: 1, max: 5 }), (ticks, fastBars) => {
      const slowBars = fastBars + 3;
      const parameters = parametersOf({ fastBars, slowBars, allowShort: true });
      const bars = ticks.map((tick, index) => makeBar(index, `${Math.floor(tick / 100)}.${String(tick % 100).padStart(2, '0')}`));
      const found = runStrategy(momentum, parameters, bitcoin, bars).targets.map((target) => [
        target.signalId,
        Math.sign(target.targetLots),
      ]);
      assert.deepEqual(found, crossingsFromScratch(ticks, fastBars, slowBars));
    }),
  );
});

function crossingsFromScratch(ticks: readonly number[], fastBars: number, slowBars: number): (string | number)[][] {
  const crossings: (string | number)[][] = [];
  let stance = 0;
  for (let end = slowBars; end <= ticks.length; end += 1) {
    const sum = (bars: number) => ticks.slice(end - bars, end).reduce((total, tick) => total + tick, 0);
    const next = Math.sign(sum(fastBars) * slowBars - sum(slowBars) * fastBars) || stance;
    if (next !== stance) crossings.push([`bar-${end - 1}`, next]);
    stance = next;
  }
  return crossings;
}
