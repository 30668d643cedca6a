/**
 * The operator's rights at the API server: its own kinds in every namespace, and workloads in the tenant's namespace. The local cluster and the
 * chart grant exactly these rights.
 */

export interface AccessRule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  /** Absent: every object of the kind. */
  readonly resourceNames?: readonly string[];
  readonly verbs: readonly string[];
}

/** A right to paths of the API server that belong to no object. */
export interface PathRule {
  readonly nonResourceURLs: readonly string[];
  readonly verbs: readonly string[];
}

const READ = ['get', 'list', 'watch'] as const;
/** Server-side apply needs `create` for an object that does not exist yet, and `patch` for one that does. */
const APPLY = [...READ, 'create', 'patch'] as const;

export const OPERATOR_CLUSTER_RULES: readonly AccessRule[] = [
  // `patch` for status and finalizers. Some clusters require `update` to set an owner reference that blocks the owner's deletion.
  { apiGroups: ['flotilla.dev'], resources: ['*'], verbs: [...READ, 'update', 'patch'] },
  { apiGroups: [''], resources: ['namespaces'], verbs: READ },
  { apiGroups: ['events.k8s.io'], resources: ['events'], verbs: ['create'] },
];

/** Rights in the whole cluster besides the ones to objects: the keys by which the callout verifies the tokens of pods. */
export const OPERATOR_PATH_RULES: readonly PathRule[] = [
  { nonResourceURLs: ['/.well-known/openid-configuration', '/openid/v1/jwks'], verbs: ['get'] },
];

export const OPERATOR_TENANT_RULES: readonly AccessRule[] = [
  { apiGroups: ['apps'], resources: ['deployments'], verbs: [...APPLY, 'delete'] },
  { apiGroups: [''], resources: ['serviceaccounts', 'services', 'configmaps'], verbs: [...APPLY, 'delete'] },
  { apiGroups: ['networking.k8s.io'], resources: ['networkpolicies'], verbs: [...APPLY, 'delete'] },
  // The operator reads why exec ended, for the status of the Portfolio.
  { apiGroups: [''], resources: ['pods'], verbs: ['list'] },
  // The operator never changes these after their creation: evidence, and the keys from which ids are made.
  { apiGroups: [''], resources: ['persistentvolumeclaims', 'secrets'], verbs: [...READ, 'create'] },
  { apiGroups: ['coordination.k8s.io'], resources: ['leases'], verbs: ['get', 'create', 'patch'] },
];
