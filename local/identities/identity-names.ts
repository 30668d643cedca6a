/** Names of the services, namespaces and the node of a local cluster, for everything that writes its objects and configuration. */

/** Services with an identity of their own at the bus, and their Secret `flotilla-nats-<service>` in the tenant's namespace. */
export const BUS_SERVICES = ['gateway', 'agents', 'exec', 'audit'] as const;
/** Services with an identity of their own at the store, and their Secret `flotilla-redis-<service>`. */
export const STORE_SERVICES = ['gateway', 'agents'] as const;
/** The tenant's namespace of a local cluster. */
export const TENANT_NAMESPACE = 'trading';
export const NODE_NAME = 'local';
export const OPERATOR_NAMESPACE = 'flotilla-system';
