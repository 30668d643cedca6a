/** Names of the Secrets that hold the credentials of bus, store and audit log, for pods, the local cluster and the charts. */
import { assert } from '../errors/assert.ts';
import { IDENTITIES, IDENTITY_NAMES, type IdentityName } from './identities.ts';

/** Keys of such a Secret: the user and its password. */
export const CREDENTIAL_KEYS = { user: 'user', password: 'password' } as const;

/** Identities that have a user at the store. */
export const STORE_IDENTITY_NAMES: readonly IdentityName[] = IDENTITY_NAMES.filter((name) => IDENTITIES[name].store !== undefined);

/** The user of the store for readiness probes; it may only ping. */
export const STORE_HEALTH_USER = 'health';

/** The user by which the servers of one bus authenticate to each other. */
export const BUS_CLUSTER_USER = 'cluster';

export function busSecretName(user: IdentityName | typeof BUS_CLUSTER_USER): string {
  return `flotilla-nats-${user}`;
}

export function storeSecretName(user: IdentityName | typeof STORE_HEALTH_USER): string {
  assert(user === STORE_HEALTH_USER || STORE_IDENTITY_NAMES.includes(user), `${user} has no user at the store`);
  return `flotilla-redis-${user}`;
}

/** The Secret of the key that signs the audit log. The key is kept away from the log. */
export const AUDIT_KEY_SECRET = { name: 'flotilla-audit-signing-key', key: 'signing-key.pem' } as const;
