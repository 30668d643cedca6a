import assert from 'node:assert/strict';
import { test } from 'node:test';
import { makeFormerEpochs } from './former-epochs.ts';

const OLD = 'gateway.a.1';
const NEW = 'gateway.a.2';
const MINUTE_MS = 60_000;

/** Looks at a store with these users and connections, a minute after the look before. */
function makeLooks() {
  const formers = makeFormerEpochs();
  let nowMs = 0;
  return (users: readonly string[], connected: readonly string[]): boolean => {
    nowMs += MINUTE_MS;
    return formers.isWanted('a', 2, { users: new Set(users), connected: new Set(connected) }, nowMs);
  };
}

test('isWanted: never for a user that the store does not have, so a rotation that is over stays over', () => {
  assert.equal(makeLooks()([NEW], []), false);
});

test('isWanted: until two looks in a row find connections of the new user alone', () => {
  const look = makeLooks();
  assert.deepEqual(
    [[OLD], [NEW, OLD], [NEW], [NEW, OLD], [NEW], [NEW], [NEW]].map((connected) => look([OLD, NEW], connected)),
    [true, true, true, true, true, false, false],
  );
});

test('isWanted: while no gateway is connected at all, until the time is over', () => {
  const look = makeLooks();
  const looks = Array.from({ length: 16 }, () => look([OLD, NEW], []));
  assert.deepEqual([looks.slice(0, 15).every((one) => one), looks[15]], [true, false]);
});

test('isWanted: still, when the store has forgotten the user in the middle of a rotation', () => {
  const look = makeLooks();
  look([OLD, NEW], [OLD]);
  assert.equal(look([], []), true);
});
