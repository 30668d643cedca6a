/** Objects that a namespace needs before an operator of another namespace can serve it. A person or the chart creates them: the operator cannot give itself rights. */
import { READER_SERVICE_ACCOUNT } from './bus-token.ts';
import { OPERATOR_SERVICE_ACCOUNT, OPERATOR_TENANT_RULES } from './operator-rights.ts';

const RBAC_GROUP = 'rbac.authorization.k8s.io';
/** The Role has the name of the ServiceAccount that it is for. */
const ROLE_NAME = OPERATOR_SERVICE_ACCOUNT;
/** As the chart names it in its own namespace. */
const DEFAULT_DENY_NAME = 'flotilla-default-deny';
const LABELS = { 'app.kubernetes.io/part-of': 'flotilla' } as const;

/** An object of Kubernetes as a manifest. */
export interface TenantObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace: string; readonly labels?: Readonly<Record<string, string>> };
  readonly [field: string]: unknown;
}

/** Who the operator is to the API server, as a subject of a RoleBinding. */
export type OperatorSubject =
  | { readonly kind: 'ServiceAccount'; readonly name: string; readonly namespace: string }
  | { readonly kind: 'User'; readonly apiGroup: string; readonly name: string };

/** The operator's rights in one namespace. */
export function tenantRole(namespace: string, operator: OperatorSubject): readonly TenantObject[] {
  const metadata = { name: ROLE_NAME, namespace, labels: LABELS };
  const apiVersion = `${RBAC_GROUP}/v1`;
  const roleRef = { apiGroup: RBAC_GROUP, kind: 'Role', name: ROLE_NAME };
  return [
    { apiVersion, kind: 'Role', metadata, rules: OPERATOR_TENANT_RULES },
    { apiVersion, kind: 'RoleBinding', metadata, roleRef, subjects: [operator] },
  ];
}

/** No connection of a pod of Flotilla but those that another policy allows. The operator writes one for each workload that it makes. */
function defaultDeny(namespace: string): TenantObject {
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: { name: DEFAULT_DENY_NAME, namespace, labels: LABELS },
    spec: { podSelector: { matchLabels: LABELS }, policyTypes: ['Ingress', 'Egress'] },
  };
}

/** All objects of a tenant namespace: the operator's rights, the ServiceAccount by which people read the bus, and the policy that denies. */
export function tenantObjects(namespace: string, operator: OperatorSubject): readonly TenantObject[] {
  const metadata = { name: READER_SERVICE_ACCOUNT, namespace, labels: LABELS };
  return [
    ...tenantRole(namespace, operator),
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata, automountServiceAccountToken: false },
    defaultDeny(namespace),
  ];
}
