import assert from 'node:assert/strict';
import { test } from 'node:test';
import { busUsers } from '@flotilla/contracts/access/bus-accounts.ts';
import { IDENTITY_NAMES } from '@flotilla/contracts/access/identities.ts';
import { portTable } from '../addresses/ports.ts';
import { stateFolder } from '../files/state-folder.ts';
import { natsConfig } from './nats-config.ts';

interface Config {
  readonly listen: string;
  readonly http: string;
  readonly jetstream: { readonly sync_interval: string; readonly store_dir: string };
  readonly accounts: Readonly<Record<string, { readonly users: readonly User[] }>>;
}

interface User {
  readonly user: string;
  readonly password: string;
  readonly permissions: {
    readonly publish: { readonly allow: readonly string[] };
    readonly subscribe: { readonly allow: readonly string[] };
  };
}

const PASSWORDS = Object.fromEntries(IDENTITY_NAMES.map((name) => [name, `p-${name}`]));

function config(): Config {
  return JSON.parse(natsConfig(portTable(1_000), stateFolder('/state'), busUsers(PASSWORDS))) as Config;
}

test('natsConfig: listens on the loopback device only, on the moved ports, and syncs every write', () => {
  const { listen, http, jetstream } = config();
  assert.deepEqual([listen, http], ['127.0.0.1:8222', '127.0.0.1:8822']);
  assert.deepEqual(jetstream, { ...jetstream, sync_interval: 'always', store_dir: '/state/data/nats' });
});

test('natsConfig: gives every identity a user of its own and a private inbox, and all rights to none', () => {
  const users = config().accounts['TRADING']?.users ?? [];
  assert.deepEqual(
    users.map(({ user }) => user),
    [...IDENTITY_NAMES],
  );
  for (const { user, password, permissions } of users) {
    assert.equal(password, `p-${user}`);
    for (const subject of [...permissions.publish.allow, ...permissions.subscribe.allow])
      assert.ok(subject !== '>' && subject !== '*', `${user}: ${subject}`);
    assert.ok(permissions.subscribe.allow.includes(`_INBOX_${user}.>`));
  }
});

test('natsConfig: refuses a user without subjects, because the server would read that as all of them', () => {
  const user = { name: 'x', password: 'y', publish: [], publishDeny: [], subscribe: ['a'], allowResponses: false };
  assert.throws(() => natsConfig(portTable(0), stateFolder('/state'), [user]), /at least one subject/);
});
