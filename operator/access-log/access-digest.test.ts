import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Access, makeAccessDigest } from './access-digest.ts';

const from = (host: string): Access => ({ action: 'CONNECTION_REFUSED', details: { from: host, reason: 'Authentication Failure' } });
const MINUTE_MS = 60_000;

test('makeAccessDigest: tells the same access at once, then with a count after ten minutes', () => {
  const digest = makeAccessDigest();
  digest.take(from('10.0.0.1'), 0);
  assert.deepEqual(digest.due(0, 10).accesses, [{ ...from('10.0.0.1'), count: 1, firstAtMs: 0, lastAtMs: 0 }]);
  for (let minute = 1; minute < 10; minute += 1) digest.take(from('10.0.0.1'), minute * MINUTE_MS);
  assert.deepEqual(digest.due(9 * MINUTE_MS, 10).accesses, []);
  assert.deepEqual(digest.due(10 * MINUTE_MS, 10).accesses, [
    { ...from('10.0.0.1'), count: 9, firstAtMs: MINUTE_MS, lastAtMs: 9 * MINUTE_MS },
  ]);
});

test('makeAccessDigest: tells different accesses a few at a time, oldest first', () => {
  const digest = makeAccessDigest();
  for (const host of ['a', 'b', 'c']) digest.take(from(host), 0);
  const hosts = (max: number): readonly (string | undefined)[] => digest.due(0, max).accesses.map(({ details }) => details['from']);
  assert.deepEqual(hosts(2), ['a', 'b']);
  assert.deepEqual(hosts(2), ['c']);
});

test('makeAccessDigest: a flood costs a bounded memory and a bounded number of events, and nothing goes uncounted', () => {
  const digest = makeAccessDigest();
  const takenCount = 10_000;
  for (let index = 0; index < takenCount; index += 1) digest.take(from(`10.0.${index % 5_000}`), index);
  let told = 0;
  let eventCount = 0;
  for (let round = 0; round < 100; round += 1) {
    const { accesses, uncollectedCount } = digest.due(takenCount, 50);
    assert.ok(accesses.length <= 50);
    told += uncollectedCount + accesses.reduce((sum, { count }) => sum + count, 0);
    eventCount += accesses.length;
  }
  assert.deepEqual([told, eventCount], [takenCount, 2_000]);
});

test('makeAccessDigest: gives again what could not be told, with those that came meanwhile', () => {
  const digest = makeAccessDigest();
  digest.take(from('a'), 1);
  const { accesses } = digest.due(1, 10);
  digest.take(from('a'), 2);
  digest.putBack(accesses);
  assert.deepEqual(digest.due(3, 10).accesses, [{ ...from('a'), count: 2, firstAtMs: 1, lastAtMs: 2 }]);
});
