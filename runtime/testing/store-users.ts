/** The users of the store as configuration text for the test servers. Passwords are the user names. */
import { STORE_USERS } from '@flotilla/contracts/access/store-users.ts';

/** `user` lines of redis.conf; the default user is off. */
export function renderStoreUsers(): string {
  const lines = STORE_USERS.map(({ name, rules }) =>
    ['user', name, 'on', `>${name}`, 'resetkeys', 'resetchannels', '-@all', ...rules].join(' '),
  );
  return ['user default off', ...lines].join('\n');
}
