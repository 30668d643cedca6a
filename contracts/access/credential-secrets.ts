/** Names of the Secrets that hold the keys of the bus and the credentials of store and audit log, for pods, the local cluster and the charts. */
import type { STORE_HEALTH_USER, STORE_OPERATOR_USER } from './store-users.ts';

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

/** The Secret of a user that the store has from its start. */
export function storeSecretName(user: typeof STORE_OPERATOR_USER | typeof STORE_HEALTH_USER): string {
  return `flotilla-redis-${user}`;
}

/** The Secret by which a gateway logs in at the store. The operator writes it; a person does for a store that the operator does not keep. */
export const GATEWAY_STORE_SECRET = 'flotilla-redis-gateway';

/** The Secret of the key that signs the audit log. The key is kept away from the log. */
export const AUDIT_KEY_SECRET = { name: 'flotilla-audit-signing-key', key: 'signing-key.pem' } as const;
