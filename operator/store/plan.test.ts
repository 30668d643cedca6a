import assert from 'node:assert/strict';
import { test } from 'node:test';
import { planStore, type WantedUser } from './plan.ts';

const GATEWAY: WantedUser = { name: 'gateway.a.1', tokens: ['on', '#1', '-@all', '~nonce:a:*', '+get'] };
const HEALTH: WantedUser = { name: 'health', tokens: ['on', '-@all', '+ping'], isPasswordForeign: true };
const GOOD = 'user gateway.a.1 on sanitize-payload #1 ~nonce:a:* resetchannels -@all +get';
const GOOD_HEALTH = 'user health on #h resetchannels -@all +ping';
const NOTHING = { set: [], remove: [], lasting: [] };

test('planStore: does nothing, when the users are as they should be, in whatever words', () => {
  assert.deepEqual(planStore([GATEWAY, HEALTH], [GOOD, GOOD_HEALTH], new Set()), NOTHING);
});

test('planStore: sets a user that was never there without a word, and tells of one that this process had set', () => {
  assert.equal(planStore([GATEWAY], [], new Set()).set[0]?.drift, undefined);
  assert.equal(planStore([GATEWAY], [], new Set([GATEWAY.name])).set[0]?.drift?.found, 'no such user');
});

for (const { reason, line, closes } of [
  { reason: 'wider keys', line: `${GOOD} ~*`, closes: false },
  { reason: 'more commands', line: `${GOOD} +set`, closes: false },
  { reason: 'a command taken away', line: GOOD.replace(' +get', ''), closes: false },
  { reason: 'every command', line: GOOD.replace('-@all', '+@all'), closes: false },
  { reason: 'a selector', line: `${GOOD} (~* -@all +get)`, closes: false },
  { reason: 'channels', line: GOOD.replace('resetchannels', '&*'), closes: false },
  { reason: 'switched off', line: GOOD.replace(' on ', ' off '), closes: false },
  { reason: 'another password', line: `${GOOD} #2`, closes: true },
  { reason: 'no password at all', line: `${GOOD} nopass`, closes: true },
]) {
  test(`planStore: sets the user again for ${reason}, and ${closes ? 'closes' : 'keeps'} its connections`, () => {
    const { set } = planStore([GATEWAY], [line], new Set());
    assert.deepEqual([set.length, set[0]?.closesConnections, set[0]?.drift?.isRepaired], [1, closes, true]);
    assert.doesNotMatch(JSON.stringify(set[0]?.drift), /#\d/);
  });
}

test('planStore: removes users that it does not know', () => {
  const { remove } = planStore([GATEWAY], [GOOD, 'user thief on #3 ~* +@all'], new Set());
  assert.deepEqual(
    remove.map(({ name, drift }) => [name, drift.found]),
    [['thief', 'on <another password> ~* +@all']],
  );
});

test('planStore: keeps a password that it does not know, and gives up where there are two', () => {
  assert.deepEqual(planStore([HEALTH], ['user health on #h ~* -@all +ping'], new Set()).set[0]?.tokens, ['on', '-@all', '+ping', '#h']);
  const { set, lasting } = planStore([HEALTH], ['user health on #h #i -@all +ping'], new Set());
  assert.deepEqual([set.length, lasting[0]?.isRepaired], [0, false]);
});
