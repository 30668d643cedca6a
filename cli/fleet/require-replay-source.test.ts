import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { SignalSource } from '@flotilla/contracts/resources/signal-source.ts';
import { sourceProblem } from './require-replay-source.ts';

const source = (name: string, scheme: string) => ({ metadata: { name }, spec: { scheme } }) as SignalSource;
const SOURCES = [source('btc-replay', 'Replay'), source('desk', 'Hmac')];

test('sourceProblem: is undefined, when the source is of scheme Replay', () => {
  assert.equal(sourceProblem(SOURCES, 'btc-replay', 'trading'), undefined);
});

test('sourceProblem: names the scheme and what can replay, when the source is of another scheme', () => {
  const problem = sourceProblem(SOURCES, 'desk', 'trading');
  assert.equal(problem?.message, 'expected a SignalSource of scheme Replay, found desk of scheme Hmac');
  assert.equal(problem?.hint, 'SignalSources of scheme Replay: btc-replay.');
});

test('sourceProblem: says that the source does not exist, when it does not', () => {
  const problem = sourceProblem([], 'btc', 'trading');
  assert.equal(problem?.message, 'expected a SignalSource btc in namespace trading, found none');
  assert.match(problem?.hint ?? '', /has no SignalSource of scheme Replay/);
});
