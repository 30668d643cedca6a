import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { IDENTITIES, IDENTITY_NAMES } from '@flotilla/contracts/identities.ts';
import type { PortTable } from '../ports.ts';
import type { StateFolder } from '../state-folder.ts';

/** Only pings, to see that the server is ready. */
export const HEALTH_USER = 'health';

interface StoreUser {
  readonly name: string;
  /** ACL rules after `-@all`. */
  readonly rules: readonly string[];
}

const USERS: readonly StoreUser[] = [
  ...IDENTITY_NAMES.flatMap((name) => {
    const rights = IDENTITIES[name].store;
    if (rights === undefined) return [];
    return [{ name, rules: [...rights.keyPatterns.map((pattern) => `~${pattern}`), ...rights.commands.map((command) => `+${command}`)] }];
  }),
  { name: HEALTH_USER, rules: ['+ping'] },
];

export const STORE_USER_NAMES: readonly string[] = USERS.map(({ name }) => name);

/** What is acknowledged is in the append-only file, synced: a checkpoint or a nonce must not come back from the past. */
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
  const lines = USERS.map(({ name, rules }) => {
    const digest = createHash('sha256')
      .update(passwords[name] ?? '')
      .digest('hex');
    return `user ${name} reset on #${digest} -@all ${rules.join(' ')}`;
  });
  return ['user default reset off', ...lines, ''].join('\n');
}
