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
const OWN = [...READ, 'create', 'update', 'patch', 'delete'] as const;

export const OPERATOR_CLUSTER_RULES: readonly AccessRule[] = [
  { apiGroups: ['flotilla.dev'], resources: ['*'], verbs: [...READ, 'update', 'patch'] },
  { apiGroups: [''], resources: ['namespaces'], verbs: READ },
  { apiGroups: ['apiextensions.k8s.io'], resources: ['customresourcedefinitions'], verbs: READ },
  { apiGroups: ['events.k8s.io', ''], resources: ['events'], verbs: ['create', 'patch'] },
];

export const OPERATOR_TENANT_RULES: readonly AccessRule[] = [
  { apiGroups: ['apps'], resources: ['deployments'], verbs: OWN },
  { apiGroups: ['apps'], resources: ['deployments/scale'], verbs: ['get', 'update', 'patch'] },
  { apiGroups: [''], resources: ['serviceaccounts', 'services', 'configmaps', 'persistentvolumeclaims'], verbs: OWN },
  { apiGroups: [''], resources: ['secrets'], verbs: [...READ, 'create', 'patch'] },
  { apiGroups: [''], resources: ['pods'], verbs: READ },
  { apiGroups: ['networking.k8s.io'], resources: ['networkpolicies'], verbs: OWN },
  { apiGroups: ['policy'], resources: ['poddisruptionbudgets'], verbs: OWN },
  { apiGroups: ['coordination.k8s.io'], resources: ['leases'], verbs: OWN },
];
