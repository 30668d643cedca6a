import assert from 'node:assert/strict';
import { test } from 'node:test';
import { INSTRUMENT_CATALOGUE, makeInstrument } from '@flotilla/contracts';
import { meanReversionParametersSchema } from '@flotilla/contracts/resources/agent-parameters.ts';
import { meanReversion } from './mean-reversion.ts';
import { runStrategy } from '../testing/run-strategy.ts';
import { makeAlert, makeBar, makeQuote } from '../testing/signal-fixture.ts';

const bitcoin = makeInstrument(INSTRUMENT_CATALOGUE.find((known) => known.symbol === 'BTC-USD')!);
const parametersOf = (over: object) =>
  meanReversionParametersSchema.parse({ quantity: '0.5', windowBars: 4, entryZScore: 1.5, exitZScore: 0.5, ...over });

/** Coinbase BTC/USD of 2016-10-07 (QuantConnect LEAN sample data, Apache-2.0), with the z-score of each close in its window of four. */
const RECORDED = [
  [4, '611.87'],
  [30, '611.9'],
  [68, '611.87'],
  [92, '611.88'], // 0
  [128, '611.81'], // -1.64
  [139, '611.8'], // -1.13
  [150, '611.87'], // +0.85
  [181, '611.81'], // -0.45
  [184, '611.87'], // +0.99
] as const;
const recordedBars = RECORDED.map(([second, close]) => makeBar(second, close));
const closesToBars = (closes: readonly string[]) => closes.map((close, index) => makeBar(index, close));
const brief = (targets: readonly { signalId: string; targetLots: number }[]) =>
  targets.map((target) => [target.signalId, target.targetLots]);

test('meanReversion: buys below the mean and closes on its other side, when it folds recorded bars', () => {
  const run = runStrategy(meanReversion, parametersOf({}), bitcoin, recordedBars);
  assert.deepEqual(brief(run.targets), [
    ['bar-128', 50_000_000],
    ['bar-150', 0],
  ]);
  assert.equal(run.targets[0]?.reason, 'close 611.81 is -1.64 deviations from the mean of 4 bars');
});

const CASES = [
  {
    why: 'a z-score exactly at the entry enters: 100, 98 has mean 99 and deviation 1',
    parameters: { windowBars: 2, entryZScore: 1 },
    closes: ['100', '98'],
    want: [['bar-1', 50_000_000]],
  },
  { why: 'a hair below the entry does not', parameters: { windowBars: 2, entryZScore: 1.000001 }, closes: ['100', '98'], want: [] },
  {
    why: 'a close exactly at the mean is back at exit 0',
    parameters: { windowBars: 3, entryZScore: 1.4, exitZScore: 0 },
    closes: ['100', '100', '97', '98.5'],
    want: [
      ['bar-2', 50_000_000],
      ['bar-3', 0],
    ],
  },
  { why: 'above the mean it stays flat without shorts', parameters: { windowBars: 2, entryZScore: 1 }, closes: ['98', '100'], want: [] },
  {
    why: 'above the mean it sells with shorts, and turns round at once on the other side',
    parameters: { windowBars: 2, entryZScore: 1, allowShort: true },
    closes: ['98', '100', '98'],
    want: [
      ['bar-1', -50_000_000],
      ['bar-2', 50_000_000],
    ],
  },
  {
    why: 'closes without deviation say nothing',
    parameters: { windowBars: 3, entryZScore: 0.1, exitZScore: 0 },
    closes: ['5', '5', '5', '5'],
    want: [],
  },
] as const;

for (const { why, parameters, closes, want } of CASES) {
  test(`meanReversion: decides on exact numbers, when ${why}`, () => {
    const run = runStrategy(meanReversion, parametersOf(parameters), bitcoin, closesToBars(closes));
    assert.deepEqual(brief(run.targets), want);
  });
}

test('meanReversion: stays exact, when squares of ticks leave the safe integers', () => {
  // Around 8.5e13 ticks of 0.01 a double cannot tell the squares apart; the z-score of two different closes is still exactly 1.
  const run = runStrategy(
    meanReversion,
    parametersOf({ windowBars: 2, entryZScore: 1 }),
    bitcoin,
    closesToBars(['850000000000', '849999999999.99']),
  );
  assert.deepEqual(brief(run.targets), [['bar-1', 50_000_000]]);
});

test('meanReversion: works, when the sums of a tick of 1e-8 leave the safe integers', () => {
  const fine = makeInstrument({ symbol: 'BTC-USD', tickSize: '0.00000001', lotSize: '0.00000001' });
  const bars = Array.from({ length: 2_001 }, (_, index) => makeBar(index, index < 2_000 ? '60000' : '59999.99999999'));
  const run = runStrategy(meanReversion, parametersOf({ windowBars: 2_000, entryZScore: 2 }), fine, bars);
  assert.deepEqual(brief(run.targets), [['bar-2000', 50_000_000]]);
  assert.equal(run.state['BTC-USD']?.sumTicks, '11999999999999999');
});

test('meanReversion: passes over a close that exec cannot use either, and rounds one with more decimals than the tick', () => {
  const parameters = parametersOf({ windowBars: 2, entryZScore: 1 });
  const run = runStrategy(meanReversion, parameters, bitcoin, closesToBars(['100.0099', 'NaN', '0.009', '98.0099']));
  assert.deepEqual(
    run.difficulties.map(({ kind }) => kind),
    ['PriceUnusable', 'PriceUnusable'],
  );
  assert.deepEqual(brief(run.targets), [['bar-3', 50_000_000]]);
});

test('meanReversion: closes its short, when a position of its size is not possible on the other side', () => {
  const coarse = makeInstrument({ symbol: 'BTC-USD', tickSize: '0.01', lotSize: '1' });
  const parameters = parametersOf({ windowBars: 2, entryZScore: 1, quantity: undefined, notional: '98', allowShort: true });
  const run = runStrategy(meanReversion, parameters, coarse, closesToBars(['97', '97.9', '99', '98.5']));
  assert.deepEqual(brief(run.targets), [
    ['bar-1', -1],
    ['bar-3', 0],
  ]);
});

test('meanReversion: ignores a bar that is not newer than the last, an alert and a crossed quote', () => {
  const parameters = parametersOf({});
  const before = runStrategy(meanReversion, parameters, bitcoin, recordedBars.slice(0, 4)).state;
  for (const signal of [makeBar(92, '1'), makeBar(91, '1'), makeAlert('a', 'BUY'), makeQuote('q', '700', '600', 'CROSSED')]) {
    const step = meanReversion.onSignal(before, signal, { parameters, instrument: bitcoin });
    assert.equal(step.state, before, signal.id);
    assert.deepEqual(step.targets, [], signal.id);
  }
});
