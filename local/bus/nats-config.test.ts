import assert from 'node:assert/strict';
import { test } from 'node:test';
import { IDENTITY_NAMES, type IdentityName } from '@flotilla/contracts/access/identities.ts';
import { portTable } from '../addresses/ports.ts';
import { stateFolder } from '../files/state-folder.ts';
import { natsConfig } from './nats-config.ts';

interface Config {
  readonly listen: string;
  readonly http: string;
  readonly jetstream: { readonly sync_interval: string; readonly store_dir: string };
  readonly accounts: Readonly<Record<string, { readonly jetstream?: string; readonly users: readonly User[] }>>;
}

interface User {
  readonly user: string;
  readonly password: string;
  readonly permissions: {
    readonly publish: { readonly allow: readonly string[] };
    readonly subscribe: { readonly allow: readonly string[] };
  };
}

const PASSWORDS = Object.fromEntries(IDENTITY_NAMES.map((name) => [name, `p-${name}`])) as Record<IdentityName, string>;

function config(): Config {
  return JSON.parse(natsConfig(portTable(1_000), stateFolder('/state'), PASSWORDS)) as Config;
}

test('natsConfig: listens on the loopback device only, on the moved ports, and syncs every write', () => {
  const { listen, http, jetstream } = config();
  assert.deepEqual([listen, http], ['127.0.0.1:8222', '127.0.0.1:8822']);
  assert.deepEqual(jetstream, { ...jetstream, sync_interval: 'always', store_dir: '/state/data/nats' });
});

test('natsConfig: gives every identity an account with one user and a private inbox, and all rights to none', () => {
  const { accounts } = config();
  assert.deepEqual(Object.keys(accounts), ['TRADING', 'GATEWAY', 'AGENTS', 'EXEC', 'AUDIT', 'CLI', 'SYS']);
  assert.deepEqual(
    Object.entries(accounts).flatMap(([name, { jetstream }]) => (jetstream === undefined ? [] : [name])),
    ['TRADING'],
  );
  const users = Object.values(accounts).flatMap((account) => account.users);
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
