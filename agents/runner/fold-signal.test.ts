import assert from 'node:assert/strict';
import { test } from 'node:test';
import { INSTRUMENT_CATALOGUE, type NormalizedSignal } from '@flotilla/contracts';
import { makeAlert, makeBar, makeQuote } from '../testing/signal-fixture.ts';
import { bindStrategy } from './bound-strategy.ts';
import { foldSignal, type Wishes } from './fold-signal.ts';
import { withoutAnswered } from './open-target.ts';
import { withoutAnsweredExits } from './standing-target.ts';

const definitions = INSTRUMENT_CATALOGUE.filter(({ symbol }) => symbol === 'BTC-USD');
const bound = bindStrategy('Alert', { quantity: '0.5', orderTtlSeconds: 10, minimumStrength: 0.5 }, definitions);
const nothing: Wishes = { state: bound.initial, open: {}, standing: {} };
const fold = (wishes: Wishes, signal: NormalizedSignal, sequence: number, answered: Readonly<Record<string, number>> = {}) =>
  foldSignal(bound, wishes, signal, { stream: 'SIGNALS', sequence, carrier: {} }, new Map(Object.entries(answered))).wishes;

test('foldSignal: keeps the newest target alone, when another waits', () => {
  const { open } = fold(fold(nothing, makeAlert('a', 'BUY'), 7), makeAlert('b', 'FLAT'), 8);
  assert.deepEqual(Object.keys(open), ['BTC-USD']);
  const { targetLots, signalId, causationId, expiresAt } = open['BTC-USD']!;
  assert.deepEqual(
    { targetLots, signalId, causationId, expiresAt },
    { targetLots: 0, signalId: 'b', causationId: 'SIGNALS:8', expiresAt: '2026-11-21T12:00:10.000Z' },
  );
});

test('foldSignal: moves the state and opens nothing, when an order about this signal or a newer one is published', () => {
  const opened = fold(nothing, makeAlert('a', 'BUY'), 7);
  assert.deepEqual(fold(nothing, makeAlert('a', 'BUY'), 7, { 'BTC-USD': 7 }), { ...opened, open: {} });
  assert.deepEqual(fold(nothing, makeAlert('a', 'BUY'), 8, { 'BTC-USD': 7 }).open['BTC-USD']?.sequence, 8);
});

test('foldSignal: changes nothing, when the signal is of an instrument that the strategy does not list', () => {
  assert.deepEqual(fold(nothing, makeBar(1, '4.2', { instrument: 'ETH-USD' }), 7), nothing);
});

test('withoutAnswered: drops the targets that an order answers, or is newer than', () => {
  const { open } = fold(nothing, makeAlert('a', 'BUY'), 7);
  assert.deepEqual(withoutAnswered(open, new Map([['BTC-USD', 7]])), {});
  assert.deepEqual(withoutAnswered(open, new Map([['BTC-USD', 6]])), open);
  assert.deepEqual(withoutAnswered(open, new Map([['ETH-USD', 9]])), open);
});

const flat = makeAlert('flat', 'FLAT');
const askedBy = (wishes: Wishes) => wishes.standing['BTC-USD']?.exit?.signalId;

test('foldSignal: asks for an exit again with each later market signal, when the target stands', () => {
  const decided = { ...fold(nothing, flat, 7), open: {} };
  assert.equal(askedBy(decided), undefined);
  const asked = fold(decided, makeBar(1, '600'), 8);
  assert.deepEqual(asked.standing['BTC-USD']?.exit, {
    signalId: 'bar-1',
    ordinal: 0,
    corrId: 'corr-1',
    sequence: 8,
    causationId: 'SIGNALS:8',
    expiresAt: '2026-11-21T12:00:10.000Z',
    carrier: {},
  });
  assert.equal(askedBy(fold(asked, makeBar(3, '600'), 9)), 'bar-3', 'the newest request counts');
  assert.equal(askedBy(fold(asked, makeAlert('b', 'BUY'), 9)), undefined, 'a new target takes the place of the old one');
});

const SILENT = [
  { why: 'the price cannot be used', signal: makeBar(1, '0.001') },
  { why: 'the quote is crossed', signal: makeQuote('q', '700', '600', 'CROSSED') },
  { why: 'the signal is of another instrument', signal: makeBar(1, '600', { instrument: 'ETH-USD' }) },
  { why: 'a weak alert is passed over', signal: makeAlert('weak', 'BUY', { strength: '0.1' }) },
];
for (const { why, signal } of SILENT) {
  test(`foldSignal: does not ask for an exit, when ${why}`, () => {
    assert.equal(askedBy(fold({ ...fold(nothing, flat, 7), open: {} }, signal, 8)), undefined);
  });
}

test('foldSignal: asks for an exit once in a second of market time, whatever time the recording is of', () => {
  const at = (id: string, eventTime: string) => makeBar(1, '600', { id, eventTime });
  const first = fold({ ...fold(nothing, flat, 7), open: {} }, at('first', '2016-10-07T00:00:01.000Z'), 8);
  assert.equal(askedBy(first), 'first');
  assert.equal(askedBy(fold(first, at('early', '2016-10-07T00:00:01.999Z'), 9)), 'first');
  assert.equal(askedBy(fold(first, at('later', '2016-10-07T00:00:02.000Z'), 9)), 'later');
  assert.equal(askedBy(fold(first, at('again', '2016-10-06T00:00:00.000Z'), 9)), 'again', 'the recording begins again');
});

test('foldSignal: does not ask for an exit, while the target itself waits or is answered by a newer signal', () => {
  const waiting = fold(nothing, flat, 7);
  assert.equal(askedBy(fold(waiting, makeBar(1, '600'), 8)), undefined);
  assert.equal(askedBy(fold({ ...waiting, open: {} }, makeBar(1, '600'), 8, { 'BTC-USD': 8 })), undefined);
});

test('foldSignal: asks ever more rarely, when a target grows old', () => {
  let wishes: Wishes = { ...fold(nothing, flat, 7), open: {} };
  const asking: number[] = [];
  for (let second = 1; second <= 7_200; second += 1) {
    wishes = fold(wishes, makeBar(second, '600'), 7 + second);
    if (askedBy(wishes) === `bar-${second}`) asking.push(second);
  }
  const during = (from: number, to: number) => asking.filter((second) => second > from && second <= to).length;
  assert.deepEqual([during(0, 60), during(3_600, 7_200)], [60, 60]);
  assert.ok(asking.length < 400, `found ${asking.length} requests in two hours`);
});

test('withoutAnsweredExits: drops the requests that an order answers, or is newer than, and no standing target', () => {
  const { standing } = fold({ ...fold(nothing, flat, 7), open: {} }, makeBar(1, '600'), 8);
  const { exit: _exit, ...stands } = standing['BTC-USD']!;
  assert.deepEqual(withoutAnsweredExits(standing, new Map([['BTC-USD', 8]])), { 'BTC-USD': stands });
  assert.deepEqual(withoutAnsweredExits(standing, new Map([['BTC-USD', 7]])), standing);
});
