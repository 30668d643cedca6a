import assert from 'node:assert/strict';
import { test } from 'node:test';
import { metaTime, microTime } from './meta-time.ts';

const TIME_MS = Date.UTC(2026, 0, 1, 12) + 789;

test('metaTime: has no fraction and does not round, as the API server stores it', () => {
  assert.equal(metaTime(TIME_MS), '2026-01-01T12:00:00Z');
});

test('microTime: has six digits, as the API server demands', () => {
  assert.equal(microTime(TIME_MS), '2026-01-01T12:00:00.789000Z');
});
