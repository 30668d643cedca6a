/** Names of the Secrets that hold the keys of the bus and the credentials of store and audit log, for pods, the local cluster and the charts. */
import type { STORE_HEALTH_USER, StoreUserName } from './store-users.ts';

/** Keys of a Secret with a user and its password. */
export const CREDENTIAL_KEYS = { user: 'user', password: 'password' } as const;

/** The user by which the servers of one bus authenticate to each other. */
export const BUS_CLUSTER_SECRET = { name: 'flotilla-nats-cluster', user: 'cluster' } as const;

/** Secrets with the keys of the bus. Each is for one reader; no pod mounts the root key. */
export const BUS_KEY_SECRETS = {
  root: { name: 'flotilla-bus-root', key: 'root.nk' },
  server: { name: 'flotilla-bus-server', key: 'identity.conf' },
  operator: { name: 'flotilla-bus-operator', key: 'identity.json' },
  callout: { name: 'flotilla-bus-callout', key: 'identity.json' },
} as const;

export function storeSecretName(user: StoreUserName | typeof STORE_HEALTH_USER): string {
  return `flotilla-redis-${user}`;
}

/** The Secret of the key that signs the audit log. The key is kept away from the log. */
export const AUDIT_KEY_SECRET = { name: 'flotilla-audit-signing-key', key: 'signing-key.pem' } as const;
