import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CONDITION_REASONS } from './condition-reasons.ts';
import { CONDITION_TYPES, conditionsOf, type ReasonEntry } from './reason-entry.ts';

const entries = Object.entries(CONDITION_REASONS).flatMap(([kind, reasons]) =>
  Object.entries(reasons as Readonly<Record<string, ReasonEntry>>).map(([reason, entry]) => ({ name: `${kind} ${reason}`, entry })),
);

test('CONDITION_REASONS: gives every reason a place, a meaning of one sentence, and what to do', () => {
  const wrong = entries.filter(
    ({ entry: { places, means, toDo } }) =>
      places.length === 0 ||
      new Set(places).size !== places.length ||
      !/^[^.]+\.$/.test(means.replaceAll(/`[^`]*`/g, '')) ||
      !toDo.endsWith('.'),
  );
  assert.deepEqual(
    wrong.map(({ name }) => name),
    [],
  );
});

test('CONDITION_TYPES: names no type without a reason', () => {
  const used = new Set(entries.flatMap(({ entry }) => conditionsOf(entry).map((place) => place.split('=')[0])));
  assert.deepEqual(
    Object.keys(CONDITION_TYPES).filter((type) => !used.has(type)),
    [],
  );
});
