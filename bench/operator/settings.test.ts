import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseSettings } from './settings.ts';

test('parseSettings: gives the whole benchmark, when no setting is given', () => {
  const settings = parseSettings({});
  assert.equal(settings.scenarios.size, 5);
  assert.equal(settings.strategies, 1_000);
});

test('parseSettings: names the setting in its error, when a value is invalid', () => {
  assert.throws(() => parseSettings({ FLOTILLA_BENCH_SCENARIOS: 'load,bursts' }), /FLOTILLA_BENCH_SCENARIOS.*found bursts/);
  assert.throws(() => parseSettings({ FLOTILLA_BENCH_ROUNDS: '0' }), /FLOTILLA_BENCH_ROUNDS/);
  assert.throws(() => parseSettings({ FLOTILLA_BENCH_IDLE_MINUTES: 'ten' }), /found ten/);
});
