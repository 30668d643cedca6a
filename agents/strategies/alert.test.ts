import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatQuantity, formatTime, INSTRUMENT_CATALOGUE, makeInstrument, type NormalizedSignal, type Quote } from '@flotilla/contracts';
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

const ether = makeInstrument(INSTRUMENT_CATALOGUE.find((known) => known.symbol === 'ETH-USD')!);
const byNotional = (over: object = {}) => parametersOf({ quantity: undefined, notional: '1000', ...over });
/** The time of every fixture, and so of every alert here. */
const NOW_MS = Date.parse('2026-11-21T12:00:00.000Z');
const at = (ms: number) => ({ instrument: 'ETH-USD', time: formatTime(NOW_MS + ms) });
const trade = (price: string, ms = 0): NormalizedSignal => {
  const { bid: _bid, ask: _ask, condition: _condition, ...shape } = makeQuote('t', '1', '1', 'LOCKED');
  return { ...shape, ...at(ms), kind: 'trade', price, size: '1' };
};
const quote = (bid: string, ask: string, ms = 0, condition: Quote['condition'] = 'NORMAL'): NormalizedSignal => ({
  ...makeQuote('q', bid, ask, condition),
  ...at(ms),
});
const bar = (close: string, ms = 0) => makeBar(0, close, at(ms));
const buy = (id = 'buy') => makeAlert(id, 'BUY', { instrument: 'ETH-USD', price: '4.1626' });
const sell = (id = 'sell') => makeAlert(id, 'SELL', { instrument: 'ETH-USD', price: '4.1626' });

const SIZED = [
  { why: 'a trade shows the market', market: [trade('414.25')], want: 241_400_120 },
  { why: 'a quote shows the market around its midpoint', market: [quote('414.20', '414.30')], want: 241_400_120 },
  { why: 'a bar shows the market', market: [bar('414.25')], want: 241_400_120 },
  { why: 'the price has more decimals than the tick', market: [trade('414.2599')], want: 241_400_120 },
  { why: 'the newest of several prices counts', market: [trade('1'), trade('414.25')], want: 241_400_120 },
  { why: 'the price is exactly a minute old', market: [trade('414.25', -60_000)], want: 241_400_120 },
  { why: 'a crossed quote came after', market: [trade('414.25'), quote('700', '600', 0, 'CROSSED')], want: 241_400_120 },
  { why: 'an unusable price came after', market: [trade('414.25'), trade('0.001')], want: 241_400_120 },
] as const;
for (const { why, market, want } of SIZED) {
  test(`alert: sizes a notional at 414.25 and not at the 4.1626 of the webhook, when ${why}`, () => {
    const run = runStrategy(alert, byNotional(), ether, [...market, buy()]);
    assert.deepEqual(brief(run.targets), [['buy', want]]);
    assert.equal(formatQuantity(want, ether), '2.4140012');
  });
}

const UNSIZED = [
  { why: 'there is no market price', market: [], found: /found none/ },
  { why: 'there are prices of alerts alone', market: [makeAlert('other', 'FLAT', at(0))], found: /found none/ },
  { why: 'the price is older than a minute', market: [trade('414.25', -60_001)], found: /found one that is 60001 ms old/ },
  {
    why: 'a step of the clock put the price into the future',
    market: [trade('414.25', 3_600_000)],
    found: /found one that is -3600000 ms old/,
  },
  { why: 'the only quote is crossed', market: [quote('414.30', '414.20')], found: /found none/ },
  { why: 'one lot costs more', market: [trade('99999999999999')], found: /found 0 lots/ },
] as const;
for (const { why, market, found } of UNSIZED) {
  test(`alert: opens nothing and closes what is against the alert, when ${why}`, () => {
    const run = runStrategy(alert, byNotional(), ether, [...market, buy()]);
    const { targetLots, closesOnly } = run.targets.at(-1) ?? assert.fail('a target');
    assert.deepEqual({ targetLots, closesOnly }, { targetLots: 0, closesOnly: 'SHORT' });
    assert.equal(run.difficulties.at(-1)?.kind, 'PositionNotSized');
    assert.match(run.difficulties.at(-1)?.message ?? '', found);
  });
}

test('alert: closes and does not open, when it is to turn round without a fresh market price', () => {
  const signals = [trade('414.25', -50_000), buy(), { ...sell(), time: formatTime(NOW_MS + 20_000) }];
  const run = runStrategy(alert, byNotional({ allowShort: true }), ether, signals);
  assert.deepEqual(brief(run.targets), [
    ['buy', 241_400_120],
    ['sell', 0],
  ]);
  assert.equal(run.targets[1]?.closesOnly, 'LONG');
  const again = runStrategy(alert, byNotional({ allowShort: true }), ether, [trade('414.25'), sell('again')], run.state);
  assert.deepEqual(brief(again.targets), [['again', -241_400_120]], 'it opens with the next alert');
});

test('alert: closes, when there has never been a market price', () => {
  const held = { 'ETH-USD': { stance: 1, targetLots: 241_400_120 } };
  for (const signal of [sell('1'), makeAlert('1', 'FLAT', at(0))]) {
    const run = runStrategy(alert, byNotional(), ether, [signal], held);
    assert.deepEqual(brief(run.targets), [['1', 0]]);
    assert.deepEqual(run.difficulties, []);
  }
});

test('alert: holds a quantity without a market price, because no price sizes it', () => {
  const run = runStrategy(alert, parametersOf({}), ether, [trade('0.001'), buy()]);
  assert.deepEqual(brief(run.targets), [['buy', 50_000_000]]);
  assert.deepEqual(run.difficulties, []);
});

test('alert: asks for the same lots again, when an alert is repeated at another price', () => {
  const signals = [trade('500'), makeAlert('1', 'BUY', at(0)), trade('400'), makeAlert('2', 'BUY', at(0))];
  const run = runStrategy(alert, byNotional(), ether, signals);
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
