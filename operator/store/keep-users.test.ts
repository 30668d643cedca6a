import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FlotillaError } from '@flotilla/contracts/errors/errors.ts';
import type { StoreAdmin } from '@flotilla/runtime/store-admin.ts';
import type { Drift } from '../drift/drift.ts';
import { makeKeepUsers } from './keep-users.ts';

/** The users of a store as it lists them. The chart makes the first one. Real Redis is in store.integration.test.ts. */
function makeFixture() {
  const users = new Map<string, readonly string[]>([['health', ['on', '-@all', '+ping']]]);
  const namespaces = new Set(['trading', 'desk', 'research']);
  const written: string[] = [];
  const drifts: Drift[] = [];
  const infos: string[] = [];
  const refusing = new Set<string>();
  const store = {
    users: () => Promise.resolve([...users].map(([name, tokens]) => ['user', name, ...tokens].join(' '))),
    connectedUsers: () => Promise.resolve([]),
    setUser: (name: string, tokens: readonly string[]) => Promise.resolve(void users.set(name, tokens)),
    removeUser: (name: string) => Promise.resolve(void users.delete(name)),
    closeConnections: () => Promise.resolve(),
  } as unknown as StoreAdmin;
  const keep = makeKeepUsers({
    store,
    password: 'p'.repeat(32),
    epoch: 1,
    namespaces: () => [...namespaces],
    async writeLogin(namespace) {
      await Promise.resolve();
      if (refusing.has(namespace)) throw new FlotillaError('CLUSTER_UNAVAILABLE', `${namespace} takes no login`);
      written.push(namespace);
    },
    tellDrift: (drift) => void drifts.push(drift),
    clock: { monotonicMs: () => 0 },
    logger: { info: (_fields: object, message: string) => void infos.push(message), warn() {}, error() {} } as never,
  });
  return { keep, users, namespaces, written, drifts, infos, refusing };
}

test('makeKeepUsers: brings every other namespace its login, when one takes none, and tells of the failure', async () => {
  const { keep, written, refusing } = makeFixture();
  refusing.add('trading');
  await assert.rejects(keep(), /trading takes no login/);
  assert.deepEqual(written, ['desk', 'research']);
  refusing.clear();
  await keep();
  assert.deepEqual(written.slice(2), ['trading', 'desk', 'research']);
});

test('makeKeepUsers: removes the user of a namespace that is not served any more, and tells no drift', async () => {
  const { keep, users, namespaces, drifts, infos } = makeFixture();
  await keep();
  const named = [...users.keys()].filter((name) => name.includes('desk'));
  assert.equal(named.length, 1);
  drifts.length = 0;
  namespaces.delete('desk');
  await keep();
  assert.deepEqual(
    [...users.keys()].filter((name) => name.includes('desk')),
    [],
  );
  assert.ok(infos.some((message) => /does not serve its namespace any more/.test(message)));
  assert.deepEqual(drifts, []);
});

test('makeKeepUsers: removes a user that it never made, which is drift', async () => {
  const { keep, users, drifts } = makeFixture();
  await keep();
  drifts.length = 0;
  users.set('intruder', ['on', 'nopass', '~*', '+@all']);
  await keep();
  assert.equal(users.has('intruder'), false);
  assert.deepEqual(
    drifts.map(({ name, isRepaired }) => [name, isRepaired]),
    [['intruder', true]],
  );
});
