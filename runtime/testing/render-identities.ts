/** The permission matrix as configuration text for the test servers. Passwords are the user names. */
import { IDENTITIES, IDENTITY_NAMES, type IdentityName } from '@flotilla/contracts/access/identities.ts';
import { busAccounts } from '@flotilla/contracts/access/bus-accounts.ts';

/** Has every right in the core account. A connection without a user has the same. */
export const BUS_ADMIN = { user: 'admin', password: 'admin' } as const;

/** Accounts, imports and users of nats-server, as in production; JSON is a part of its syntax. */
export function renderBusAccounts(): string {
  const passwords = Object.fromEntries(IDENTITY_NAMES.map((name) => [name, name])) as Record<IdentityName, string>;
  const sections = { ...busAccounts(passwords, [BUS_ADMIN]), no_auth_user: BUS_ADMIN.user };
  return Object.entries(sections)
    .map(([key, value]) => `${key}: ${JSON.stringify(value)}`)
    .join('\n');
}

/** `user` lines of redis.conf; the default user is off. */
export function renderStoreUsers(): string {
  const lines = IDENTITY_NAMES.flatMap((name) => {
    const rights = IDENTITIES[name].store;
    if (rights === undefined) return [];
    const keys = rights.keyPatterns.map((pattern) => `~${pattern}`);
    const commands = rights.commands.map((command) => `+${command}`);
    return [['user', name, 'on', `>${name}`, 'resetkeys', ...keys, 'resetchannels', '-@all', ...commands].join(' ')];
  });
  return ['user default off', ...lines].join('\n');
}
