import assert from 'node:assert/strict';
import { test } from 'node:test';
import { systemRng } from './rng.ts';

test('systemRng: gives numbers that are uniform in [0, 1)', () => {
  const values = Array.from({ length: 10_000 }, () => systemRng.next());
  assert.ok(values.every((value) => value >= 0 && value < 1));
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  // Standard error 0.0029: a false alarm once in more than a million runs.
  assert.ok(Math.abs(mean - 0.5) < 0.015, `mean ${mean}`);
  assert.equal(new Set(values).size, values.length);
});

test('systemRng: gives as many bytes as asked for', () => {
  assert.equal(systemRng.bytes(32).length, 32);
  assert.notDeepEqual(systemRng.bytes(32), systemRng.bytes(32));
});
