import assert from 'node:assert/strict';
import { test } from 'node:test';
import { STORE_START_USERS } from '@flotilla/contracts/access/store-users.ts';
import { portTable } from '../addresses/ports.ts';
import { stateFolder } from '../files/state-folder.ts';
import { redisConfig, redisUsers } from './redis-config.ts';

test('redisUsers: turns the default user off and holds no password in the clear', () => {
  const users = redisUsers(Object.fromEntries(STORE_START_USERS.map(({ name }) => [name, `secret-${name}`])));
  assert.match(users, /^user default reset off$/m);
  assert.match(users, /^user operator reset on #[0-9a-f]{64} -@all \+acl\|setuser /m);
  assert.doesNotMatch(users, /secret-/);
  assert.doesNotMatch(users, /\+@all|~\*(\s|$)/);
});

test('redisConfig: listens on the loopback device only and syncs every write', () => {
  const config = redisConfig(portTable(1_000), stateFolder('/state'));
  assert.match(config, /^bind 127\.0\.0\.1$/m);
  assert.match(config, /^port 8639$/m);
  assert.match(config, /^appendfsync always$/m);
});
