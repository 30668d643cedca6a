/** Names of the services, namespaces and the node of a local cluster, for everything that writes its objects and configuration. */

/** The tenant's namespace of a local cluster. */
export const TENANT_NAMESPACE = 'trading';
export const NODE_NAME = 'local';
export const OPERATOR_NAMESPACE = 'flotilla-system';
