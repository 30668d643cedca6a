import assert from 'node:assert/strict';
import { test } from 'node:test';
import { rollDay } from './day-open.ts';

const NOON_MS = Date.parse('2026-11-21T12:00:00Z');
const DAY_MS = 86_400_000;

test('rollDay: keeps the opening while the day lasts, and takes a new one at UTC midnight', () => {
  const opened = rollDay(undefined, NOON_MS, 5n);
  assert.deepEqual(opened, { day: '2026-11-21', profit: 5n });
  assert.equal(rollDay(opened, NOON_MS + 1_000, 9n), opened);
  assert.deepEqual(rollDay(opened, NOON_MS + DAY_MS / 2, 9n), { day: '2026-11-22', profit: 9n });
});

test('rollDay: keeps the newer day, when the clock steps back over midnight', () => {
  const opened = rollDay(undefined, NOON_MS, 5n);
  assert.equal(rollDay(opened, NOON_MS - DAY_MS, 9n), opened);
});
