/** Which entries of the store's log of denials are new, and what is told of them. `store-denials.integration.test.ts` asks a real store. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { StoreDenial } from '@flotilla/runtime/store-admin.ts';
import { accessOfDenial, type DenialLook, findNewDenials } from './store-denials.ts';

const NOW_MS = 1_000_000_000;
const DENIAL: StoreDenial = {
  entryId: undefined,
  reason: 'command',
  context: 'toplevel',
  object: 'acl|list',
  user: 'gateway.trading.1',
  from: '10.0.0.7',
  count: 1,
  ageMs: 0,
};
const withId = (entryId: number, change: Partial<StoreDenial> = {}): StoreDenial => ({ ...DENIAL, entryId, ...change });
const lookAt = (denials: readonly StoreDenial[], nowMs: number): DenialLook => findNewDenials([], denials, nowMs).look;

for (const { reason, before, after, want } of [
  {
    reason: 'nothing happened, and the answers were late by different times',
    before: [{ ...DENIAL, count: 3 }],
    after: [{ ...DENIAL, count: 3, ageMs: 19_500 }],
    want: [],
  },
  { reason: 'the first one of its kind', before: [], after: [{ ...DENIAL, ageMs: 5_000 }], want: [1] },
  { reason: 'two more were added to the entry, which moved', before: [DENIAL], after: [{ ...DENIAL, count: 3, ageMs: 1_000 }], want: [2] },
  {
    reason: 'another entry of the same kind, a minute later, beside the one before',
    before: [{ ...DENIAL, ageMs: 50_000 }],
    after: [
      { ...DENIAL, count: 2, ageMs: 1_000 },
      { ...DENIAL, ageMs: 70_000 },
    ],
    want: [2],
  },
  {
    reason: 'the list was emptied and filled again',
    before: [{ ...DENIAL, count: 5 }],
    after: [{ ...DENIAL, count: 2, ageMs: 3_000 }],
    want: [2],
  },
  {
    reason: 'two entries of one kind stayed as they were',
    before: [
      { ...DENIAL, count: 2 },
      { ...DENIAL, ageMs: 70_000 },
    ],
    after: [
      { ...DENIAL, count: 2, ageMs: 20_000 },
      { ...DENIAL, ageMs: 90_000 },
    ],
    want: [],
  },
  { reason: 'the list was emptied', before: [DENIAL], after: [], want: [] },
  {
    reason: 'another object',
    before: [DENIAL],
    after: [
      { ...DENIAL, object: 'flushall' },
      { ...DENIAL, ageMs: 20_000 },
    ],
    want: [1],
  },
  { reason: 'numbers say that an entry is the same, whatever its time', before: [withId(4)], after: [withId(4, { count: 4 })], want: [3] },
  { reason: 'numbers say that an entry is another', before: [withId(4)], after: [withId(5), withId(4, { ageMs: 20_000 })], want: [1] },
  { reason: 'numbers begin anew, because the store has', before: [withId(0, { count: 6 })], after: [withId(0, { count: 2 })], want: [2] },
])
  test(`findNewDenials: counts ${want.join(', ') || 'nothing'}, when ${reason}`, () => {
    const { found } = findNewDenials(lookAt(before, NOW_MS), after, NOW_MS + 20_000);
    assert.deepEqual(
      found.map(({ count }) => count),
      want,
    );
  });

test('findNewDenials: takes what is older than four minutes as told by the leader before, and gives two leaders one time', () => {
  const { found, look } = findNewDenials(undefined, [DENIAL, { ...DENIAL, object: 'old', ageMs: 241_000 }], NOW_MS + 1_000);
  assert.deepEqual(
    found.map(({ denial }) => denial.object),
    ['acl|list'],
  );
  assert.equal(look.length, 2);
  const [later] = findNewDenials(undefined, [{ ...DENIAL, ageMs: 5_000 }], NOW_MS + 6_300).found;
  assert.equal(later?.atMs, found[0]?.atMs);
});

for (const { reason, denial, want } of [
  { reason: 'a command of a user', denial: {}, want: { user: 'gateway.trading.1', denied: 'command acl|list', from: '10.0.0.7' } },
  {
    reason: 'a login whose name may be a password',
    denial: { reason: 'auth', object: 'AUTH', user: 'hunter2' },
    want: { user: 'no such user', denied: 'auth AUTH', from: '10.0.0.7' },
  },
  {
    reason: 'a key, whose end may be a secret',
    denial: { reason: 'key', object: 'nonce:other:hunter2' },
    want: { user: 'gateway.trading.1', denied: 'key nonce:other:…', from: '10.0.0.7' },
  },
  {
    reason: 'a key without a prefix',
    denial: { reason: 'key', object: 'hunter2' },
    want: { user: 'gateway.trading.1', denied: 'key …', from: '10.0.0.7' },
  },
  {
    reason: 'a script, and words that are none of the store',
    denial: { reason: 'hunter 2', context: 'lua', object: 'hunter2 '.repeat(50), from: 'a'.repeat(90) },
    want: { user: 'gateway.trading.1', denied: 'other …', inside: 'lua', from: 'a'.repeat(80) },
  },
  {
    reason: 'a command that is none of the store',
    denial: { object: 'hunter 2' },
    want: { user: 'gateway.trading.1', denied: 'command another command', from: '10.0.0.7' },
  },
])
  test(`accessOfDenial: tells no text of the client, of ${reason}`, () => {
    const { action, details } = accessOfDenial({ ...DENIAL, ...denial }, new Set(['gateway.trading.1']));
    assert.equal(action, 'STORE_DENIED');
    assert.deepEqual(details, want);
    assert.doesNotMatch(JSON.stringify(details), /hunter/);
  });
