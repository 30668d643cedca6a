/** The processes of the real node, in the order of their start: command lines only. Pure. */
import { join } from 'node:path';
import type { NODE_BINARIES } from '../binaries/catalogue.ts';
import type { ServiceAccountKeyFiles } from '../identities/credentials.ts';
import { APISERVER_PORT, NODE_NETWORK, type NodeLayout, REAL_NODE_NAME } from './node-layout.ts';
import { type NodeUser, userKubeconfigFile } from './node-users.ts';

export const NODE_PROCESS_NAMES = [
  'etcd',
  'kube-apiserver',
  'kube-controller-manager',
  'kube-scheduler',
  'containerd',
  'node-services',
  'cluster-dns',
  'kube-proxy',
  'kubelet',
] as const;
export type NodeProcessName = (typeof NODE_PROCESS_NAMES)[number];

export type NodeBinaryPaths = Readonly<Record<(typeof NODE_BINARIES)[number], string>>;
/** From Debian's packages. */
export type NodePackagePaths = Readonly<Record<'containerd' | 'ctr' | 'runc' | 'nft' | 'ip' | 'nsenter' | 'umount', string>>;

export interface NodeProgramInput {
  readonly layout: NodeLayout;
  readonly keys: ServiceAccountKeyFiles;
  readonly binaries: NodeBinaryPaths;
  readonly packages: NodePackagePaths;
  /** The Node.js binary and the checkout that node-services runs from. */
  readonly nodeBinary: string;
  readonly checkoutDir: string;
}

const ETCD = 'http://127.0.0.1:2379';

export function nodePrograms(input: NodeProgramInput): Readonly<Record<NodeProcessName, readonly string[]>> {
  const { layout, keys, binaries, packages } = input;
  const { nodeAddress } = NODE_NETWORK;
  const config = (file: string): string => join(layout.configDir, file);
  const of = (user: NodeUser): string => `--kubeconfig=${userKubeconfigFile(layout, user)}`;
  return {
    etcd: [
      binaries.etcd,
      `--data-dir=${layout.etcdDir}`,
      `--listen-client-urls=${ETCD}`,
      `--advertise-client-urls=${ETCD}`,
      // The data of this cluster need not outlive the cluster.
      '--unsafe-no-fsync',
      '--log-level=warn',
    ],
    'kube-apiserver': [
      binaries['kube-apiserver'],
      `--etcd-servers=${ETCD}`,
      `--bind-address=${nodeAddress}`,
      `--advertise-address=${nodeAddress}`,
      `--secure-port=${APISERVER_PORT}`,
      `--cert-dir=${layout.certificatesDir}`,
      `--service-cluster-ip-range=${NODE_NETWORK.serviceRange}`,
      `--token-auth-file=${config('tokens.csv')}`,
      '--authorization-mode=Node,RBAC',
      '--enable-admission-plugins=NodeRestriction',
      '--service-account-issuer=https://kubernetes.default.svc',
      `--service-account-key-file=${keys.publicKey}`,
      `--service-account-signing-key-file=${keys.privateKey}`,
      '--allow-privileged=true',
      '--kubelet-preferred-address-types=InternalIP',
      '--profiling=false',
    ],
    'kube-controller-manager': [
      binaries['kube-controller-manager'],
      of('kube-controller-manager'),
      '--bind-address=127.0.0.1',
      `--service-account-private-key-file=${keys.privateKey}`,
      `--root-ca-file=${join(layout.certificatesDir, 'apiserver.crt')}`,
      '--use-service-account-credentials',
      '--leader-elect=false',
      '--controllers=*,-horizontal-pod-autoscaler-controller',
      '--kube-api-qps=100',
      '--kube-api-burst=200',
      '--profiling=false',
    ],
    'kube-scheduler': [
      binaries['kube-scheduler'],
      of('kube-scheduler'),
      '--bind-address=127.0.0.1',
      '--leader-elect=false',
      '--profiling=false',
    ],
    containerd: [packages.containerd, '--config', config('containerd.toml')],
    'node-services': [input.nodeBinary, join(input.checkoutDir, 'local/real-node/main.ts')],
    'cluster-dns': [binaries['cluster-dns'], '-conf', config('Corefile')],
    'kube-proxy': [binaries['kube-proxy'], `--config=${config('kube-proxy.json')}`, `--hostname-override=${REAL_NODE_NAME}`],
    kubelet: [
      binaries.kubelet,
      `--config=${config('kubelet.json')}`,
      of('kubelet'),
      `--hostname-override=${REAL_NODE_NAME}`,
      `--node-ip=${nodeAddress}`,
      `--root-dir=${layout.kubeletDir}`,
    ],
  };
}
