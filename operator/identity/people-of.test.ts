import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PERSON_ROLE_LABEL } from '@flotilla/contracts/access/person.ts';
import { makeObject } from '../testing/objects.ts';
import { peopleOf } from './people-of.ts';

const account = (name: string, role: string, more: Parameters<typeof makeObject>[3] = {}) =>
  makeObject('ServiceAccount', name, undefined, { labels: { [PERSON_ROLE_LABEL]: role }, ...more });

test('peopleOf: gives each person a principal of the own ServiceAccount', () => {
  const { members, problems } = peopleOf('trading', [
    account('flotilla-person-alice', 'Reader'),
    account('flotilla-person-bob', 'Replayer'),
  ]);
  assert.deepEqual(members, [
    {
      principal: { role: 'Person', person: 'alice', personRole: 'Reader' },
      serviceAccount: 'flotilla-person-alice',
      serviceAccountUid: 'uid-flotilla-person-alice',
    },
    {
      principal: { role: 'Person', person: 'bob', personRole: 'Replayer' },
      serviceAccount: 'flotilla-person-bob',
      serviceAccountUid: 'uid-flotilla-person-bob',
    },
  ]);
  assert.deepEqual(problems, []);
});

test('peopleOf: leaves out what may not connect', () => {
  for (const [reason, object, problemCount] of [
    ['a ServiceAccount of another namespace', account('flotilla-person-alice', 'Reader', { namespace: 'other' }), 0],
    ['a person who is being deleted', account('flotilla-person-alice', 'Reader', { deletionTimestamp: '2026-01-01T00:00:00Z' }), 0],
    ['the ServiceAccount of a pod with the label', account('main-exec', 'Reader'), 1],
    ['an unknown role', account('flotilla-person-alice', 'Exec'), 1],
  ] as const) {
    const { members, problems } = peopleOf('trading', [object]);
    assert.deepEqual([members, problems.length], [[], problemCount], reason);
  }
});
