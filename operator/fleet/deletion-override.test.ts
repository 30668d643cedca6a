import assert from 'node:assert/strict';
import { test } from 'node:test';
import { makeObject } from '../testing/objects.ts';
import { DELETE_WITHOUT_EXEC, deletionOverrideOf, overrideHint } from './deletion-override.ts';

const AT = '2026-01-01T00:00:00Z';
const withNote = (text: string | undefined, deletionTimestamp: string | undefined = AT) =>
  makeObject(
    'Portfolio',
    'main',
    {},
    {
      ...(text === undefined ? {} : { annotations: { [DELETE_WITHOUT_EXEC]: text } }),
      ...(deletionTimestamp === '' ? {} : { deletionTimestamp }),
    },
  );

for (const [reason, text, want] of [
  ['a person and a reason', 'ada: the node is gone', { person: 'ada', reason: 'the node is gone' }],
  ['a reason with a colon', 'ada: lost: see ticket 4', { person: 'ada', reason: 'lost: see ticket 4' }],
  ['no annotation', undefined, undefined],
  ['no person', ': the node is gone', undefined],
  ['no reason', 'ada:  ', undefined],
  ['no colon', 'yes', undefined],
] as const) {
  test(`deletionOverrideOf: ${want === undefined ? 'refuses' : 'accepts'} ${reason}`, () =>
    assert.deepEqual(deletionOverrideOf(withNote(text)), want));
}

test('deletionOverrideOf: counts for nothing before the object is deleted', () =>
  assert.equal(deletionOverrideOf(withNote('ada: the node is gone', '')), undefined));

test('overrideHint: gives the command, and what is wrong with the annotation that is there', () => {
  assert.match(
    overrideHint(withNote(undefined), 'portfolio'),
    /^start exec again, or override: kubectl annotate portfolio\/main flotilla\.dev\/delete-without-exec="<person>: <reason>"$/,
  );
  assert.match(overrideHint(withNote('yes'), 'portfolio'), /\(found "yes", which does not name both\)$/);
});
