/** Users of the store with their Redis ACL rules. Every command and key that is not listed is denied. */

/** Services that have a user at the store. */
export const STORE_USER_NAMES = ['gateway'] as const;
export type StoreUserName = (typeof STORE_USER_NAMES)[number];

/** The user of the store for readiness probes; it may only ping. */
export const STORE_HEALTH_USER = 'health';

export interface StoreUser {
  readonly name: StoreUserName | typeof STORE_HEALTH_USER;
  /** ACL rules after `-@all`. */
  readonly rules: readonly string[];
}

/** Commands that every connection needs: `HELLO` and `PING`. */
const COMMANDS = ['+hello', '+ping', '+get', '+set'] as const;

export const STORE_USERS: readonly StoreUser[] = [
  { name: 'gateway', rules: ['~nonce:*', ...COMMANDS] },
  { name: STORE_HEALTH_USER, rules: ['+ping'] },
];
