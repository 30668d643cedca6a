import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Condition, CONDITION_MESSAGE_LENGTH_MAX, type ConditionInput, mergeConditions, setCondition } from './condition.ts';

const noon = Date.parse('2026-01-01T12:00:00.789Z');
const ready: ConditionInput = { type: 'Ready', status: 'True', observedGeneration: 1, reason: 'Fine', message: 'all is well' };
const held: readonly Condition[] = [{ ...ready, lastTransitionTime: '2026-01-01T08:00:00Z' }];

test('setCondition: adds a new type with the time of now', () => {
  assert.deepEqual(setCondition([], ready, noon), [{ ...ready, lastTransitionTime: '2026-01-01T12:00:00Z' }]);
});

test('setCondition: returns the same array, when nothing changed', () => {
  assert.equal(setCondition(held, ready, noon), held);
});

test('setCondition: keeps the time, when only reason, message or generation changed', () => {
  for (const change of [{ reason: 'Other' }, { message: 'other' }, { observedGeneration: 2 }]) {
    const [condition] = setCondition(held, { ...ready, ...change }, noon);
    assert.deepEqual(condition, { ...ready, ...change, lastTransitionTime: '2026-01-01T08:00:00Z' });
  }
});

test('setCondition: takes the time of now, when the status changed', () => {
  assert.equal(setCondition(held, { ...ready, status: 'False' }, noon)[0]?.lastTransitionTime, '2026-01-01T12:00:00Z');
});

test('setCondition: cuts a message at the limit of the API server', () => {
  const [condition] = setCondition([], { ...ready, message: 'x'.repeat(CONDITION_MESSAGE_LENGTH_MAX + 1) }, noon);
  assert.equal(condition?.message.length, CONDITION_MESSAGE_LENGTH_MAX);
});

test('mergeConditions: sets all, keeps their order, drops types that are no longer given', () => {
  const stale: Condition = { ...ready, type: 'Stale', lastTransitionTime: '2026-01-01T08:00:00Z' };
  const merged = mergeConditions([stale, ...held], [ready, { ...ready, type: 'Stalled', status: 'False' }], noon);
  assert.deepEqual(
    merged.map(({ type, lastTransitionTime }) => [type, lastTransitionTime]),
    [
      ['Ready', '2026-01-01T08:00:00Z'],
      ['Stalled', '2026-01-01T12:00:00Z'],
    ],
  );
});
