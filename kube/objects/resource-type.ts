/** A kind as the API server serves it. */
export interface ResourceType {
  /** `v1`, `apps/v1`, `example.dev/v1alpha1`. */
  readonly apiVersion: string;
  readonly kind: string;
  /** Lower case, as in the URL. */
  readonly plural: string;
  readonly namespaced: boolean;
}

/** Kubernetes' own kinds. */
export const KUBERNETES_TYPES = {
  namespace: { apiVersion: 'v1', kind: 'Namespace', plural: 'namespaces', namespaced: false },
  node: { apiVersion: 'v1', kind: 'Node', plural: 'nodes', namespaced: false },
  pod: { apiVersion: 'v1', kind: 'Pod', plural: 'pods', namespaced: true },
  configMap: { apiVersion: 'v1', kind: 'ConfigMap', plural: 'configmaps', namespaced: true },
  secret: { apiVersion: 'v1', kind: 'Secret', plural: 'secrets', namespaced: true },
  service: { apiVersion: 'v1', kind: 'Service', plural: 'services', namespaced: true },
  serviceAccount: { apiVersion: 'v1', kind: 'ServiceAccount', plural: 'serviceaccounts', namespaced: true },
  persistentVolume: { apiVersion: 'v1', kind: 'PersistentVolume', plural: 'persistentvolumes', namespaced: false },
  persistentVolumeClaim: { apiVersion: 'v1', kind: 'PersistentVolumeClaim', plural: 'persistentvolumeclaims', namespaced: true },
  deployment: { apiVersion: 'apps/v1', kind: 'Deployment', plural: 'deployments', namespaced: true },
  networkPolicy: { apiVersion: 'networking.k8s.io/v1', kind: 'NetworkPolicy', plural: 'networkpolicies', namespaced: true },
  podDisruptionBudget: { apiVersion: 'policy/v1', kind: 'PodDisruptionBudget', plural: 'poddisruptionbudgets', namespaced: true },
  lease: { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', plural: 'leases', namespaced: true },
  event: { apiVersion: 'events.k8s.io/v1', kind: 'Event', plural: 'events', namespaced: true },
  role: { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'Role', plural: 'roles', namespaced: true },
  roleBinding: { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'RoleBinding', plural: 'rolebindings', namespaced: true },
  customResourceDefinition: {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    plural: 'customresourcedefinitions',
    namespaced: false,
  },
} as const satisfies Record<string, ResourceType>;

export interface ResourceAddress {
  readonly namespace?: string | undefined;
  readonly name?: string | undefined;
  /** `status`, `scale`, `token`, `log`. */
  readonly subresource?: string | undefined;
}

/** The URL path of a collection or an object, without a query. */
export function resourcePath(type: ResourceType, address: ResourceAddress = {}): string {
  const root = type.apiVersion.includes('/') ? `/apis/${type.apiVersion}` : `/api/${type.apiVersion}`;
  const namespace = type.namespaced && address.namespace !== undefined ? `/namespaces/${encodeURIComponent(address.namespace)}` : '';
  const name = address.name === undefined ? '' : `/${encodeURIComponent(address.name)}`;
  const subresource = address.subresource === undefined ? '' : `/${address.subresource}`;
  return `${root}${namespace}/${type.plural}${name}${subresource}`;
}
