/** The users of the store as configuration text for the test servers. Passwords are the user names. */
import { gatewayKeyPrefix, gatewayStoreUser, STORE_START_USERS } from '@flotilla/contracts/access/store-users.ts';
import type { StoreLogin } from '../store-login.ts';

const NAMESPACE = 'trading';
const GATEWAY = gatewayStoreUser(NAMESPACE, 1);

/** Login and keys of the gateway that {@link renderStoreUsers} makes. */
export const TEST_GATEWAY_LOGIN: StoreLogin = { user: GATEWAY.name, password: GATEWAY.name };
export const TEST_GATEWAY_KEY_PREFIX = gatewayKeyPrefix(NAMESPACE);

/** `user` lines of redis.conf; the default user is off. */
export function renderStoreUsers(users = [...STORE_START_USERS, GATEWAY]): string {
  const lines = users.map(({ name, rules }) => ['user', name, 'on', `>${name}`, 'resetkeys', 'resetchannels', '-@all', ...rules].join(' '));
  return ['user default off', ...lines].join('\n');
}
