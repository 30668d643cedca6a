/** Rights of the process node beyond those of a kubelet, because the node also forwards NodePort services and provisions volumes. */
import type { KubeManifest } from '@flotilla/kube/mod.ts';
import { NODE_NAME } from '../identities/identity-names.ts';

const RBAC = 'rbac.authorization.k8s.io/v1';

export function processNodeRbac(): readonly KubeManifest[] {
  const name = 'flotilla-process-node';
  const rules = [
    { apiGroups: [''], resources: ['services', 'persistentvolumeclaims'], verbs: ['get', 'list', 'watch'] },
    { apiGroups: [''], resources: ['persistentvolumes'], verbs: ['get', 'list', 'watch', 'create', 'delete'] },
  ];
  const subjects = [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: `system:node:${NODE_NAME}` }];
  return [
    { apiVersion: RBAC, kind: 'ClusterRole', metadata: { name }, rules },
    {
      apiVersion: RBAC,
      kind: 'ClusterRoleBinding',
      metadata: { name },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name },
      subjects,
    },
  ];
}
