/** The operator's rights at the API server of a local cluster, granted to its user. */
import { OPERATOR_CLUSTER_RULES, OPERATOR_PATH_RULES, OPERATOR_TENANT_RULES } from '@flotilla/contracts/access/operator-rights.ts';
import type { KubeManifest } from '@flotilla/kube/mod.ts';
import { TENANT_NAMESPACE } from '../identities/identity-names.ts';
import { OPERATOR_USER } from './token-file.ts';

const RBAC = 'rbac.authorization.k8s.io/v1';
export function operatorRbac(): readonly KubeManifest[] {
  const name = 'flotilla-operator';
  const subjects = [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: OPERATOR_USER }];
  const tenant = { name, namespace: TENANT_NAMESPACE };
  const roleRef = (kind: string) => ({ apiGroup: 'rbac.authorization.k8s.io', kind, name });
  return [
    { apiVersion: RBAC, kind: 'ClusterRole', metadata: { name }, rules: [...OPERATOR_CLUSTER_RULES, ...OPERATOR_PATH_RULES] },
    { apiVersion: RBAC, kind: 'ClusterRoleBinding', metadata: { name }, roleRef: roleRef('ClusterRole'), subjects },
    { apiVersion: RBAC, kind: 'Role', metadata: tenant, rules: OPERATOR_TENANT_RULES },
    { apiVersion: RBAC, kind: 'RoleBinding', metadata: tenant, roleRef: roleRef('Role'), subjects },
  ];
}
