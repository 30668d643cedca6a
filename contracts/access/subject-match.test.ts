import assert from 'node:assert/strict';
import { test } from 'node:test';
import { makeSubjectMatcher, matchesSubject } from './subject-match.ts';

test('matchesSubject: follows the wildcards of NATS', () => {
  const cases = [
    ['a.b', 'a.b', true],
    ['a.b', 'a.c', false],
    ['a.*', 'a.b', true],
    ['a.*', 'a', false],
    ['a.*', 'a.b.c', false],
    ['a.>', 'a.b', true],
    ['a.>', 'a.b.c', true],
    ['a.>', 'a', false],
    ['>', 'a', true],
    ['$KV.CONTROL.>', '$KV.CONTROL.halt.main', true],
  ] as const;
  for (const [pattern, subject, want] of cases) assert.equal(matchesSubject(pattern, subject), want, `${pattern} ${subject}`);
});

test('makeSubjectMatcher: tells whether any of the patterns matches', () => {
  const matches = makeSubjectMatcher(['a.*', 'b.>', 'c']);
  for (const [subject, want] of [
    ['a.x', true],
    ['b.x.y', true],
    ['c', true],
    ['a.x.y', false],
    ['c.x', false],
    ['d', false],
  ] as const)
    assert.equal(matches(subject), want, subject);
  assert.equal(makeSubjectMatcher([])('a'), false);
});
