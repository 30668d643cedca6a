/**
 * The operator's rights at the API server. In the whole cluster it reads; it writes in the namespaces of its tenants alone, by a Role in each. The local
 * cluster, the chart and `flotilla tenants manifest` grant exactly these rights.
 */

import { GATEWAY_STORE_SECRET } from './credential-secrets.ts';

/** The ServiceAccount of the operator's pods. */
export const OPERATOR_SERVICE_ACCOUNT = 'flotilla-operator';

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

/** Rights in the whole cluster. A KillSwitch belongs to no namespace. */
export const OPERATOR_CLUSTER_RULES: readonly AccessRule[] = [
  // `patch` for status and finalizers.
  { apiGroups: ['flotilla.dev'], resources: ['killswitches', 'killswitches/status'], verbs: [...READ, 'update', 'patch'] },
  { apiGroups: [''], resources: ['namespaces'], verbs: READ },
  { apiGroups: ['events.k8s.io'], resources: ['events'], verbs: ['create'] },
  // The prober asks what the ServiceAccounts of pods may do. The right reads and changes nothing, and gives no token.
  { apiGroups: ['authorization.k8s.io'], resources: ['subjectaccessreviews'], verbs: ['create'] },
];

/** Reading our kinds in every namespace. An operator whose setting FLOTILLA_TENANT_READS is `Namespace` does without it. */
export const OPERATOR_READING_RULES: readonly AccessRule[] = [{ apiGroups: ['flotilla.dev'], resources: ['*'], verbs: READ }];

/** Rights in the whole cluster besides the ones to objects: the keys by which the callout verifies the tokens of pods. */
export const OPERATOR_PATH_RULES: readonly PathRule[] = [
  { nonResourceURLs: ['/.well-known/openid-configuration', '/openid/v1/jwks'], verbs: ['get'] },
];

/** Rights in the namespace of each tenant. */
export const OPERATOR_TENANT_RULES: readonly AccessRule[] = [
  // Some clusters require `update` to set an owner reference that blocks the owner's deletion.
  { apiGroups: ['flotilla.dev'], resources: ['*'], verbs: [...READ, 'update', 'patch'] },
  { apiGroups: ['apps'], resources: ['deployments'], verbs: [...APPLY, 'delete'] },
  { apiGroups: [''], resources: ['serviceaccounts', 'services', 'configmaps'], verbs: [...APPLY, 'delete'] },
  { apiGroups: ['networking.k8s.io'], resources: ['networkpolicies'], verbs: [...APPLY, 'delete'] },
  // The operator reads why exec ended, for the status of the Portfolio.
  { apiGroups: [''], resources: ['pods'], verbs: ['list'] },
  // The operator never changes these after their creation: evidence.
  { apiGroups: [''], resources: ['persistentvolumeclaims'], verbs: [...READ, 'create'] },
  // The keys from which agents make their ids. The operator reads no Secret, so an attacker who takes it over reads no key of bus or audit log.
  { apiGroups: [''], resources: ['secrets'], verbs: ['create'] },
  // The login of the gateway at the store, which the operator writes again and again without reading it.
  { apiGroups: [''], resources: ['secrets'], resourceNames: [GATEWAY_STORE_SECRET], verbs: ['patch'] },
];

/** Rights in the namespace of the installation besides those of a tenant. */
export const OPERATOR_OWN_RULES: readonly AccessRule[] = [
  { apiGroups: ['coordination.k8s.io'], resources: ['leases'], verbs: ['get', 'create', 'patch'] },
];
