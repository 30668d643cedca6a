/** Users of a test API server who have exactly the rights of one role, with tokens of their own. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { systemClock } from '@flotilla/runtime/clock.ts';
import { type Cluster, connectCluster, KUBERNETES_TYPES } from '@flotilla/kube/mod.ts';
import type { TestApiServer } from '@flotilla/kube/testing/api-server.ts';

const RBAC = 'rbac.authorization.k8s.io';
const CLUSTER_ROLE_BINDING = { apiVersion: `${RBAC}/v1`, kind: 'ClusterRoleBinding', plural: 'clusterrolebindings', namespaced: false };
/** Namespace of the users. No role holds in it. */
const HOME = 'people';

export interface Person {
  /** As the API server names the user. */
  readonly user: string;
  readonly kubeconfigPath: string;
  readonly cluster: Cluster;
}

export interface People {
  /** Adds a user with a ClusterRole in one namespace, or without `namespace` in the whole cluster. */
  add(name: string, grant: { readonly clusterRole: string; readonly namespace?: string }): Promise<Person>;
  close(): Promise<void>;
}

/** Writes the kubeconfigs of the users into `folder`. */
export async function makePeople(server: TestApiServer, admin: Cluster, folder: string): Promise<People> {
  await admin.create(KUBERNETES_TYPES.namespace, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: HOME } });
  const clusters: Cluster[] = [];
  return {
    async add(name, { clusterRole, namespace }) {
      await admin.create(KUBERNETES_TYPES.serviceAccount, {
        apiVersion: 'v1',
        kind: 'ServiceAccount',
        metadata: { name, namespace: HOME },
      });
      const type = namespace === undefined ? CLUSTER_ROLE_BINDING : KUBERNETES_TYPES.roleBinding;
      await admin.create(type, {
        apiVersion: type.apiVersion,
        kind: type.kind,
        metadata: { name, ...(namespace === undefined ? {} : { namespace }) },
        roleRef: { apiGroup: RBAC, kind: 'ClusterRole', name: clusterRole },
        subjects: [{ kind: 'ServiceAccount', name, namespace: HOME }],
      });
      const kubeconfigPath = join(folder, `${name}.yaml`);
      const token = await tokenOf(admin, name);
      writeFileSync(kubeconfigPath, readFileSync(server.kubeconfigPath, 'utf8').replace(server.token, token), { mode: 0o600 });
      const cluster = connectCluster({ from: { kubeconfigPath }, clock: systemClock, userAgent: name });
      clusters.push(cluster);
      return { user: `system:serviceaccount:${HOME}:${name}`, kubeconfigPath, cluster };
    },
    async close() {
      await Promise.all(clusters.map((cluster) => cluster.close()));
    },
  };
}

async function tokenOf(admin: Cluster, name: string): Promise<string> {
  const answer = await admin.raw({
    method: 'POST',
    path: `/api/v1/namespaces/${HOME}/serviceaccounts/${name}/token`,
    body: { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: {} },
  });
  return (answer as { readonly status: { readonly token: string } }).status.token;
}
