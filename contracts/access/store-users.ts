/** Users of the store with their Redis ACL rules. The permission matrix is the only source. */
import { STORE_HEALTH_USER } from './credential-secrets.ts';
import { IDENTITIES, IDENTITY_NAMES } from './identities.ts';

export interface StoreUser {
  readonly name: string;
  /** ACL rules after `-@all`. */
  readonly rules: readonly string[];
}

export const STORE_USERS: readonly StoreUser[] = [
  ...IDENTITY_NAMES.flatMap((name) => {
    const rights = IDENTITIES[name].store;
    if (rights === undefined) return [];
    return [{ name, rules: [...rights.keyPatterns.map((pattern) => `~${pattern}`), ...rights.commands.map((command) => `+${command}`)] }];
  }),
  { name: STORE_HEALTH_USER, rules: ['+ping'] },
];
