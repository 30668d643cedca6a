/**
 * What the operator may do at the API server, and no more: its own kinds everywhere, workloads in the tenant's namespace. The local cluster
 * and the chart grant exactly this.
 */

export interface AccessRule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly verbs: readonly string[];
}

const READ = ['get', 'list', 'watch'] as const;
/** Server-side apply needs both: create for an object that does not exist yet, patch for one that does. */
const APPLY = [...READ, 'create', 'patch'] as const;

export const OPERATOR_CLUSTER_RULES: readonly AccessRule[] = [
  // Status, finalizers, and `update` for clusters that ask for it where an owner's deletion is blocked.
  { apiGroups: ['flotilla.dev'], resources: ['*'], verbs: [...READ, 'update', 'patch'] },
  { apiGroups: [''], resources: ['namespaces'], verbs: READ },
  { apiGroups: ['events.k8s.io'], resources: ['events'], verbs: ['create'] },
];

export const OPERATOR_TENANT_RULES: readonly AccessRule[] = [
  { apiGroups: ['apps'], resources: ['deployments'], verbs: [...APPLY, 'delete'] },
  { apiGroups: [''], resources: ['serviceaccounts', 'services', 'configmaps'], verbs: [...APPLY, 'delete'] },
  { apiGroups: ['networking.k8s.io'], resources: ['networkpolicies'], verbs: [...APPLY, 'delete'] },
  // Why exec ended, for the status of its Portfolio.
  { apiGroups: [''], resources: ['pods'], verbs: ['list'] },
  // What it has made it never changes: evidence, and the keys on which ids hang.
  { apiGroups: [''], resources: ['persistentvolumeclaims', 'secrets'], verbs: [...READ, 'create'] },
  { apiGroups: ['coordination.k8s.io'], resources: ['leases'], verbs: ['get', 'create', 'patch'] },
];
