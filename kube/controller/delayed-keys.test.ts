import assert from 'node:assert/strict';
import { test } from 'node:test';
import { makeManualClock } from '../testing/manual-clock.ts';
import { makeDelayedKeys } from './delayed-keys.ts';

function makeWorld() {
  const clock = makeManualClock();
  const due: string[] = [];
  return { clock, due, keys: makeDelayedKeys(clock, (key, rank) => due.push(`${key} ${rank}`)) };
}

test('makeDelayedKeys: the earliest delay and the highest priority of a key hold, in one call', async () => {
  const { clock, due, keys } = makeWorld();
  keys.add('a', 3, 50);
  keys.add('a', 2, 100);
  keys.add('a', 3, 20);
  keys.add('a', 3, 200);
  assert.equal(clock.timers, 1);
  await clock.advance(19);
  assert.deepEqual(due, []);
  await clock.advance(1);
  assert.deepEqual(due, ['a 2']);
  await clock.advance(500);
  assert.deepEqual(due, ['a 2']);
});

test('makeDelayedKeys: a key can wait again after its time, and is forgotten when it is cancelled', async () => {
  const { clock, due, keys } = makeWorld();
  keys.add('a', 1, 10);
  await clock.advance(10);
  keys.add('a', 3, 30);
  await clock.advance(30);
  assert.deepEqual(due, ['a 1', 'a 3']);
  keys.add('a', 1, 10);
  keys.add('b', 1, 0);
  await clock.advance(0);
  assert.deepEqual(due.slice(2), ['b 1'], 'no delay');
  keys.cancel('a');
  keys.cancel('unknown');
  await clock.advance(10);
  assert.deepEqual([due.slice(2), clock.timers], [['b 1'], 0]);
  keys.add('a', 3, 10);
  await clock.advance(10);
  assert.deepEqual(due.slice(3), ['a 3'], 'a cancelled delay leaves no priority behind');
});

test('makeDelayedKeys: clear drops every key and every timer', async () => {
  const { clock, due, keys } = makeWorld();
  keys.add('a', 1, 10);
  keys.clear();
  assert.equal(clock.timers, 0);
  keys.add('a', 3, 20);
  await clock.advance(20);
  assert.deepEqual(due, ['a 3']);
});
