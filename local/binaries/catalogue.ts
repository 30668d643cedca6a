/** The pinned programs of a local cluster; versions come from `tools/go.mod`, the only place that names them. */

export const BINARY_NAMES = [
  'etcd',
  'kube-apiserver',
  'kube-controller-manager',
  'kube-scheduler',
  'kubectl',
  'nats-server',
  'helm',
  'kubeconform',
] as const;
export type BinaryName = (typeof BINARY_NAMES)[number];

export interface BinaryDefinition {
  /** The Go package of its `main`. */
  readonly goPackage: string;
  /** The module in go.mod whose version is the program's. */
  readonly goModule: string;
  /** Prints the version. */
  readonly versionArgs: readonly string[];
  /** Which other version in PATH does as well: the same minor (control plane), or a later one of the same major. */
  readonly accepts: 'same-minor' | 'same-major-or-later-minor';
  /** Go variable that holds the version, with its value's prefix. */
  readonly versionVariable?: string;
}

const kubernetes = (command: string): BinaryDefinition => ({
  goPackage: `k8s.io/kubernetes/cmd/${command}`,
  goModule: 'k8s.io/kubernetes',
  versionArgs: ['--version'],
  accepts: 'same-minor',
  versionVariable: 'k8s.io/component-base/version.gitVersion',
});

export const BINARIES: Readonly<Record<BinaryName, BinaryDefinition>> = {
  etcd: {
    goPackage: 'go.etcd.io/etcd/server/v3',
    goModule: 'go.etcd.io/etcd/server/v3',
    versionArgs: ['--version'],
    accepts: 'same-major-or-later-minor',
  },
  'kube-apiserver': kubernetes('kube-apiserver'),
  'kube-controller-manager': kubernetes('kube-controller-manager'),
  'kube-scheduler': kubernetes('kube-scheduler'),
  kubectl: { ...kubernetes('kubectl'), versionArgs: ['version', '--client'] },
  'nats-server': {
    goPackage: 'github.com/nats-io/nats-server/v2',
    goModule: 'github.com/nats-io/nats-server/v2',
    versionArgs: ['--version'],
    accepts: 'same-major-or-later-minor',
  },
  helm: {
    goPackage: 'helm.sh/helm/v3/cmd/helm',
    goModule: 'helm.sh/helm/v3',
    versionArgs: ['version', '--short'],
    accepts: 'same-major-or-later-minor',
    versionVariable: 'helm.sh/helm/v3/internal/version.version',
  },
  kubeconform: {
    goPackage: 'github.com/yannh/kubeconform/cmd/kubeconform',
    goModule: 'github.com/yannh/kubeconform',
    versionArgs: ['-v'],
    accepts: 'same-major-or-later-minor',
    versionVariable: 'main.version',
  },
};

/** What `make up` needs; helm and kubeconform are for the charts alone. */
export const CLUSTER_BINARIES = [
  'nats-server',
  'etcd',
  'kubectl',
  'kube-apiserver',
  'kube-scheduler',
  'kube-controller-manager',
] as const satisfies readonly BinaryName[];

export function isBinaryName(text: string): text is BinaryName {
  return (BINARY_NAMES as readonly string[]).includes(text);
}
