import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PERSON_ROLE_LABEL, personNameProblem, personServiceAccount, readPerson } from './person.ts';

const account = (name: string, role?: string) => ({ name, labels: role === undefined ? {} : { [PERSON_ROLE_LABEL]: role } });

test('readPerson: reads who a ServiceAccount is, and with which role', () => {
  assert.deepEqual(readPerson(account(personServiceAccount('alice'), 'Reader')), { ok: true, name: 'alice', role: 'Reader' });
  assert.deepEqual(readPerson(account('flotilla-person-b-2', 'Replayer')), { ok: true, name: 'b-2', role: 'Replayer' });
});

test('readPerson: says why a ServiceAccount is not a person', () => {
  for (const [why, metadata, problem] of [
    ['a pod runs as it', account('main-exec', 'Reader'), /ServiceAccount main-exec: expected a name that begins with flotilla-person-/],
    ['the reader that people share', account('flotilla-reader', 'Reader'), /begins with flotilla-person-/],
    ['a role that does not exist', account('flotilla-person-alice', 'Admin'), /expected Reader or Replayer in the label .*, found "Admin"/],
    ['a role in another case', account('flotilla-person-alice', 'reader'), /found "reader"/],
    ['no label', account('flotilla-person-alice'), /found ""/],
    ['a name of two tokens', account('flotilla-person-a.b', 'Reader'), /expected the name of a person/],
    ['no name', account('flotilla-person-', 'Reader'), /expected the name of a person/],
  ] as const) {
    const read = readPerson(metadata);
    assert.match(read.ok ? 'a person' : read.problem, problem, why);
  }
});

test('personNameProblem: takes names that are a label of Kubernetes and a token of a subject', () => {
  for (const name of ['alice', 'a', '7', 'on-call-2', 'a'.repeat(40)]) assert.equal(personNameProblem(name), undefined, name);
  for (const name of ['', 'Alice', 'a_b', 'a.b', '-a', 'a-', 'a b', '*', '>', 'ä', 'a'.repeat(41), 'a\n'])
    assert.match(personNameProblem(name) ?? 'taken', /expected the name of a person in at most 40/, JSON.stringify(name));
});
