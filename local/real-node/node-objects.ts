/** The objects that a cluster installer applies first: rights of the node's own programs, and a default StorageClass. */
import type { KubeManifest } from '@flotilla/kube/mod.ts';
import { STORAGE_CLASS, STORAGE_PROVISIONER } from '../process-node/storage-names.ts';
import { NODE_USERS } from './node-users.ts';

const RBAC = 'rbac.authorization.k8s.io/v1';
const READ = ['get', 'list', 'watch'] as const;

const CLUSTER_DNS_RULES = [
  { apiGroups: [''], resources: ['services', 'pods', 'namespaces'], verbs: READ },
  { apiGroups: ['discovery.k8s.io'], resources: ['endpointslices'], verbs: READ },
] as const;

const NODE_SERVICES_RULES = [
  { apiGroups: [''], resources: ['pods', 'namespaces', 'persistentvolumeclaims'], verbs: READ },
  { apiGroups: [''], resources: ['persistentvolumes'], verbs: [...READ, 'create', 'delete'] },
  { apiGroups: ['networking.k8s.io'], resources: ['networkpolicies'], verbs: READ },
] as const;

export function nodeObjects(): readonly KubeManifest[] {
  return [
    ...clusterRole(NODE_USERS['cluster-dns'].name, CLUSTER_DNS_RULES),
    ...clusterRole(NODE_USERS['node-services'].name, NODE_SERVICES_RULES),
    {
      apiVersion: 'storage.k8s.io/v1',
      kind: 'StorageClass',
      metadata: { name: STORAGE_CLASS, annotations: { 'storageclass.kubernetes.io/is-default-class': 'true' } },
      provisioner: STORAGE_PROVISIONER,
      reclaimPolicy: 'Delete',
      volumeBindingMode: 'Immediate',
    },
  ];
}

function clusterRole(name: string, rules: readonly unknown[]): readonly KubeManifest[] {
  const group = 'rbac.authorization.k8s.io';
  return [
    { apiVersion: RBAC, kind: 'ClusterRole', metadata: { name }, rules },
    {
      apiVersion: RBAC,
      kind: 'ClusterRoleBinding',
      metadata: { name },
      roleRef: { apiGroup: group, kind: 'ClusterRole', name },
      subjects: [{ apiGroup: group, kind: 'User', name }],
    },
  ];
}
