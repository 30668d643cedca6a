/** What the operator may do, and no more: its own kinds everywhere, workloads in the tenant's namespace. */
import type { KubeManifest } from '@flotilla/operator/kube/mod.ts';
import { TENANT_NAMESPACE } from '../identity-names.ts';
import { OPERATOR_USER } from './token-file.ts';

const RBAC = 'rbac.authorization.k8s.io/v1';
const READ = ['get', 'list', 'watch'] as const;
const OWN = [...READ, 'create', 'update', 'patch', 'delete'] as const;

export const OPERATOR_CLUSTER_RULES = [
  { apiGroups: ['flotilla.dev'], resources: ['*'], verbs: [...READ, 'update', 'patch'] },
  { apiGroups: [''], resources: ['namespaces'], verbs: READ },
  { apiGroups: ['apiextensions.k8s.io'], resources: ['customresourcedefinitions'], verbs: READ },
  { apiGroups: ['events.k8s.io', ''], resources: ['events'], verbs: ['create', 'patch'] },
] as const;

export const OPERATOR_TENANT_RULES = [
  { apiGroups: ['apps'], resources: ['deployments'], verbs: OWN },
  { apiGroups: ['apps'], resources: ['deployments/scale'], verbs: ['get', 'update', 'patch'] },
  { apiGroups: [''], resources: ['serviceaccounts', 'services', 'configmaps', 'persistentvolumeclaims'], verbs: OWN },
  { apiGroups: [''], resources: ['secrets'], verbs: [...READ, 'create', 'patch'] },
  { apiGroups: [''], resources: ['pods'], verbs: READ },
  { apiGroups: ['networking.k8s.io'], resources: ['networkpolicies'], verbs: OWN },
  { apiGroups: ['policy'], resources: ['poddisruptionbudgets'], verbs: OWN },
  { apiGroups: ['coordination.k8s.io'], resources: ['leases'], verbs: OWN },
] as const;

export function operatorRbac(): readonly KubeManifest[] {
  const name = 'flotilla-operator';
  const subjects = [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: OPERATOR_USER }];
  const tenant = { name, namespace: TENANT_NAMESPACE };
  const roleRef = (kind: string) => ({ apiGroup: 'rbac.authorization.k8s.io', kind, name });
  return [
    { apiVersion: RBAC, kind: 'ClusterRole', metadata: { name }, rules: OPERATOR_CLUSTER_RULES },
    { apiVersion: RBAC, kind: 'ClusterRoleBinding', metadata: { name }, roleRef: roleRef('ClusterRole'), subjects },
    { apiVersion: RBAC, kind: 'Role', metadata: tenant, rules: OPERATOR_TENANT_RULES },
    { apiVersion: RBAC, kind: 'RoleBinding', metadata: tenant, roleRef: roleRef('Role'), subjects },
  ];
}
