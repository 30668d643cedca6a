import assert from 'node:assert/strict';
import { test } from 'node:test';
import { INSTRUMENT_CATALOGUE, makeInstrument } from '@flotilla/contracts';
import { alertParametersSchema } from '@flotilla/contracts/resources/agent-parameters.ts';
import { alert } from './alert.ts';
import { runStrategy } from '../testing/run-strategy.ts';
import { makeAlert, makeBar, makeQuote } from '../testing/signal-fixture.ts';

const bitcoin = makeInstrument(INSTRUMENT_CATALOGUE.find((known) => known.symbol === 'BTC-USD')!);
const parametersOf = (over: object) => alertParametersSchema.parse({ quantity: '0.5', ...over });
const brief = (targets: readonly { signalId: string; targetLots: number }[]) =>
  targets.map((target) => [target.signalId, target.targetLots]);

test('alert: holds what the last alert says, when shorts are allowed', () => {
  const signals = [makeAlert('1', 'BUY'), makeAlert('2', 'SELL'), makeAlert('3', 'FLAT')];
  const run = runStrategy(alert, parametersOf({ allowShort: true }), bitcoin, signals);
  assert.deepEqual(brief(run.targets), [
    ['1', 50_000_000],
    ['2', -50_000_000],
    ['3', 0],
  ]);
  assert.equal(run.targets[0]?.reason, 'BUY of strength 0.8 from recorded at 611.87');
});

test('alert: closes on SELL, when shorts are not allowed', () => {
  const run = runStrategy(alert, parametersOf({}), bitcoin, [makeAlert('1', 'BUY'), makeAlert('2', 'SELL')]);
  assert.deepEqual(brief(run.targets), [
    ['1', 50_000_000],
    ['2', 0],
  ]);
});

test('alert: asks for the same lots again, when an alert is repeated at another price', () => {
  const signals = [makeAlert('1', 'BUY', { price: '500' }), makeAlert('2', 'BUY', { price: '400' })];
  const run = runStrategy(alert, parametersOf({ quantity: undefined, notional: '1000' }), bitcoin, signals);
  assert.deepEqual(brief(run.targets), [
    ['1', 200_000_000],
    ['2', 200_000_000],
  ]);
});

const IGNORED = [
  { why: 'it comes from another source', signal: makeAlert('x', 'BUY', { source: 'stranger' }) },
  { why: 'it is weaker than the minimum', signal: makeAlert('x', 'BUY', { strength: '0.499999' }) },
  { why: 'it is a bar', signal: makeBar(1, '611.87') },
  { why: 'it is a crossed quote', signal: makeQuote('x', '700', '600', 'CROSSED') },
];
for (const { why, signal } of IGNORED) {
  test(`alert: ignores a signal, when ${why}`, () => {
    const run = runStrategy(alert, parametersOf({ source: 'recorded', minimumStrength: 0.5 }), bitcoin, [signal]);
    assert.deepEqual(run.targets, []);
  });
}

test('alert: follows an alert exactly at the minimum strength', () => {
  const run = runStrategy(alert, parametersOf({ minimumStrength: 0.1 }), bitcoin, [makeAlert('1', 'BUY', { strength: '0.1' })]);
  assert.deepEqual(brief(run.targets), [['1', 50_000_000]]);
});
