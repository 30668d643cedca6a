/** Gives the configuration and the access control list of the local Redis server. */
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { STORE_START_USERS } from '@flotilla/contracts/access/store-users.ts';
import type { PortTable } from '../addresses/ports.ts';
import type { StateFolder } from '../files/state-folder.ts';

/** Redis syncs each write to the append-only file before it answers, so that no used nonce is forgotten. */
export function redisConfig(ports: PortTable, folder: StateFolder): string {
  return [
    'bind 127.0.0.1',
    `port ${ports.redis}`,
    'protected-mode yes',
    'daemonize no',
    `dir ${join(folder.dataDir, 'redis')}`,
    'appendonly yes',
    'appendfsync always',
    'save ""',
    `aclfile ${join(folder.configDir, 'redis-users.acl')}`,
    '',
  ].join('\n');
}

/** Passwords are stored as hashes; the default user is off. */
export function redisUsers(passwords: Readonly<Record<string, string>>): string {
  const lines = STORE_START_USERS.map(({ name, rules }) => {
    const digest = createHash('sha256')
      .update(passwords[name] ?? '')
      .digest('hex');
    return `user ${name} reset on #${digest} -@all ${rules.join(' ')}`;
  });
  return ['user default reset off', ...lines, ''].join('\n');
}
