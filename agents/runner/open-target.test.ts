import assert from 'node:assert/strict';
import { test } from 'node:test';
import { INSTRUMENT_CATALOGUE, type NormalizedSignal } from '@flotilla/contracts';
import { makeAlert, makeBar } from '../testing/signal-fixture.ts';
import { bindStrategy } from './bound-strategy.ts';
import { foldSignal, type Wishes, withoutAnswered } from './open-target.ts';

const definitions = INSTRUMENT_CATALOGUE.filter(({ symbol }) => symbol === 'BTC-USD');
const bound = bindStrategy('Alert', { quantity: '0.5', orderTtlSeconds: 10 }, definitions);
const nothing: Wishes = { state: bound.initial, open: {} };
const fold = (wishes: Wishes, signal: NormalizedSignal, sequence: number, answered: Readonly<Record<string, number>> = {}) =>
  foldSignal(bound, wishes, signal, { stream: 'SIGNALS', sequence, carrier: {} }, new Map(Object.entries(answered)));

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
  assert.deepEqual(fold(nothing, makeAlert('a', 'BUY'), 7, { 'BTC-USD': 7 }), { state: opened.state, open: {} });
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
