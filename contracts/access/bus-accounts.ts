/** Makes the accounts of the bus, with their users and permissions, in the form that nats-server reads. The permission matrix is the only source. */
import { assert } from '../errors/assert.ts';
import { type BusRights, IDENTITIES, IDENTITY_NAMES } from './identities.ts';

export interface BusUser extends BusRights {
  readonly name: string;
  readonly password: string;
}

/** The account of the tenant. nats-server itself uses the account `SYS`. */
const TENANT_ACCOUNT = 'TRADING';

/** Every user of the bus, with the rights that the published permission matrix gives it. */
export function busUsers(passwords: Readonly<Record<string, string>>): readonly BusUser[] {
  return IDENTITY_NAMES.map((name) => ({ name, password: passwords[name] ?? '', ...IDENTITIES[name].bus }));
}

/** `accounts` and `system_account` of a configuration of nats-server, whose syntax includes JSON. */
export function busAccounts(users: readonly BusUser[]): Readonly<Record<string, unknown>> {
  return {
    accounts: { [TENANT_ACCOUNT]: { jetstream: 'enabled', users: users.map(configUser) }, SYS: { users: [] } },
    system_account: 'SYS',
  };
}

function configUser(user: BusUser): unknown {
  return {
    user: user.name,
    password: user.password,
    permissions: {
      publish: permission(user.publish, user.publishDeny),
      subscribe: permission(user.subscribe, []),
      ...(user.allowResponses ? { allow_responses: true } : {}),
    },
  };
}

/** Refuses an empty list, because nats-server takes an empty list for "everything". */
function permission(allow: readonly string[], deny: readonly string[]): unknown {
  assert(allow.length > 0, 'a user of the bus needs at least one subject of each kind');
  return deny.length === 0 ? { allow } : { allow, deny };
}
