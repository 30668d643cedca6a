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

test('momentum: opens nothing and says why, when the notional is below one lot', () => {
  const run = runStrategy(momentum, parametersOf({ quantity: undefined, notional: '0.000001' }), bitcoin, recordedBars);
  assert.deepEqual(brief(run.targets), [['bar-181', 0]], 'a position of an earlier revision is closed');
  const [first] = run.difficulties;
  assert.equal(first?.kind, 'PositionNotSized');
  assert.match(first.message, /expected a position of at least one lot of 0\.00000001, found 0 lots for notional 0\.000001 at 611\.81/);
});

test('momentum: opens later, when a falling price makes its notional one lot', () => {
  const coarse = makeInstrument({ symbol: 'BTC-USD', tickSize: '0.01', lotSize: '0.001' });
  const parameters = parametersOf({ quantity: undefined, notional: '50', fastBars: 1, slowBars: 4 });
  const bars = ['40000', '40000', '40000', '50300', '49900'].map((close, index) => makeBar(index, close));
  const run = runStrategy(momentum, parameters, coarse, bars);
  assert.deepEqual(brief(run.targets), [
    ['bar-3', 0],
    ['bar-4', 1],
  ]);
});

test('momentum: works, when the sums of a tick of 1e-8 leave the safe integers', () => {
  const fine = makeInstrument({ symbol: 'BTC-USD', tickSize: '0.00000001', lotSize: '0.00000001' });
  const parameters = parametersOf({ fastBars: 1_000, slowBars: 2_000 });
  // 2,000 closes of 6e12 ticks make 1.2e16, and safe integers end at 9.007e15.
  const bars = Array.from({ length: 2_001 }, (_, index) => makeBar(index, index < 2_000 ? '60000' : '60000.00000001'));
  const run = runStrategy(momentum, parameters, fine, bars);
  assert.deepEqual(brief(run.targets), [['bar-2000', 50_000_000]], 'one tick in 1.2e16 is seen');
  assert.deepEqual(run.state['BTC-USD']?.slowSumTicks, '12000000000000001');
  assert.equal(run.targets[0]?.reason, 'average of 1000 bars (60000) went above the average of 2000 (60000)');
});

test('momentum: reads the state that an older build stored', () => {
  const parameters = parametersOf({ allowShort: true });
  const newer = runStrategy(momentum, parameters, bitcoin, recordedBars.slice(0, 7));
  const { wished: _wished, ...older } = newer.state['BTC-USD'] ?? assert.fail('a state');
  assert.deepEqual(
    Object.values(older).filter((value) => typeof value === 'string'),
    [],
    'sums are numbers while they are safe',
  );
  const found = runStrategy(momentum, parameters, bitcoin, recordedBars.slice(7), { 'BTC-USD': older });
  assert.deepEqual(found, runStrategy(momentum, parameters, bitcoin, recordedBars.slice(7), newer.state));
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

test('momentum: rounds closes with more decimals than the tick down, as exec does', () => {
  const rounded = runStrategy(momentum, parametersOf({}), bitcoin, recordedBars);
  const finer = recordedBars.map((bar) => ({ ...bar, close: `${Number(bar.close).toFixed(2)}9999` }));
  const found = runStrategy(momentum, parametersOf({}), bitcoin, finer);
  assert.deepEqual(found, rounded);
  assert.deepEqual(found.difficulties, []);
});

test('momentum: passes over a close that exec cannot use either, and says so', () => {
  const parameters = parametersOf({});
  const before = runStrategy(momentum, parameters, bitcoin, recordedBars.slice(0, 7)).state;
  for (const close of ['0.009', 'NaN', '-1', '0']) {
    const run = runStrategy(momentum, parameters, bitcoin, [makeBar(160, close)], before);
    assert.equal(run.state, before, close);
    assert.deepEqual(run.targets, [], close);
    assert.deepEqual(
      run.difficulties.map(({ kind }) => kind),
      ['PriceUnusable'],
      close,
    );
    assert.ok(run.difficulties[0]?.message.includes(`found ${close} at`), close);
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
