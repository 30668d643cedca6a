/** The users of the real node's API server: their Kubernetes names and groups, their tokens, and where their kubeconfigs lie. */
import { join } from 'node:path';
import { type NodeLayout, REAL_NODE_NAME } from './node-layout.ts';

export const NODE_USERS = {
  admin: { name: 'flotilla-admin', groups: ['system:masters'] },
  kubelet: { name: `system:node:${REAL_NODE_NAME}`, groups: ['system:nodes'] },
  'kube-proxy': { name: 'system:kube-proxy', groups: [] },
  'kube-controller-manager': { name: 'system:kube-controller-manager', groups: [] },
  'kube-scheduler': { name: 'system:kube-scheduler', groups: [] },
  'cluster-dns': { name: 'flotilla-cluster-dns', groups: [] },
  'node-services': { name: 'flotilla-node-services', groups: [] },
} as const satisfies Record<string, { readonly name: string; readonly groups: readonly string[] }>;

export type NodeUser = keyof typeof NODE_USERS;
export type NodeTokens = Readonly<Record<NodeUser, string>>;

export const NODE_USER_NAMES = Object.keys(NODE_USERS) as readonly NodeUser[];

/** The text of the API server's `--token-auth-file`: token, user, uid, groups. */
export function nodeTokenFile(tokens: NodeTokens): string {
  return NODE_USER_NAMES.map((user) => `${tokens[user]},${NODE_USERS[user].name},${user},"${NODE_USERS[user].groups.join(',')}"\n`).join(
    '',
  );
}

/** Each user of the node's API server has a kubeconfig of its own. */
export function userKubeconfigFile(layout: NodeLayout, user: NodeUser): string {
  return join(layout.configDir, `${user}.kubeconfig`);
}
