/** The operator's rights at the API server of a local cluster, granted to its user. */
import {
  OPERATOR_CLUSTER_RULES,
  OPERATOR_OWN_RULES,
  OPERATOR_PATH_RULES,
  OPERATOR_READING_RULES,
} from '@flotilla/contracts/access/operator-rights.ts';
import { tenantRole } from '@flotilla/contracts/access/tenant-objects.ts';
import type { KubeManifest } from '@flotilla/kube/mod.ts';
import { TENANT_NAMESPACE } from '../identities/identity-names.ts';
import { OPERATOR_USER } from './token-file.ts';

const RBAC = 'rbac.authorization.k8s.io/v1';

export interface OperatorRbacOptions {
  /** Namespaces that exist and that the operator serves beside its own. Default: none. */
  readonly tenants?: readonly string[];
  /** Whether the operator reads our kinds in every namespace. Default: true. */
  readonly readsCluster?: boolean;
}

export function operatorRbac({ tenants = [], readsCluster = true }: OperatorRbacOptions = {}): readonly KubeManifest[] {
  const name = 'flotilla-operator';
  const subject = { apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: OPERATOR_USER } as const;
  const own = { name: `${name}-own`, namespace: TENANT_NAMESPACE };
  const roleRef = (kind: string, to = name) => ({ apiGroup: 'rbac.authorization.k8s.io', kind, name: to });
  const rules = [...OPERATOR_CLUSTER_RULES, ...(readsCluster ? OPERATOR_READING_RULES : []), ...OPERATOR_PATH_RULES];
  return [
    { apiVersion: RBAC, kind: 'ClusterRole', metadata: { name }, rules },
    { apiVersion: RBAC, kind: 'ClusterRoleBinding', metadata: { name }, roleRef: roleRef('ClusterRole'), subjects: [subject] },
    { apiVersion: RBAC, kind: 'Role', metadata: own, rules: OPERATOR_OWN_RULES },
    { apiVersion: RBAC, kind: 'RoleBinding', metadata: own, roleRef: roleRef('Role', own.name), subjects: [subject] },
    ...[TENANT_NAMESPACE, ...tenants].flatMap((namespace) => tenantRole(namespace, subject)),
  ];
}
