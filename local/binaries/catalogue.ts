/**
 * The pinned programs; versions come from `tools/go.mod` (control plane, bus, charts), `node-tools/go.mod` (what the real node adds) and
 * `judges/go.mod` (what judges alerts, conditions, Lua and NetworkPolicies), the only places that name them. Modules apart, so that one changes nothing of what
 * the others build.
 */

export const BINARY_NAMES = [
  'etcd',
  'kube-apiserver',
  'kube-controller-manager',
  'kube-scheduler',
  'kubectl',
  'nats-server',
  'helm',
  'kubeconform',
  'kubelet',
  'kube-proxy',
  'cluster-dns',
  'pod-pause',
  'ptp',
  'host-local',
  'loopback',
  'promtool',
  'prometheus',
  'kstatus',
  'argo-lua',
  'network-judge',
  'crd-cost',
] as const;
export type BinaryName = (typeof BINARY_NAMES)[number];

export interface BinaryDefinition {
  /** The Go package of its `main`. */
  readonly goPackage: string;
  /** The module in go.mod whose version is the program's. */
  readonly goModule: string;
  /** The folder of local/ whose go.mod pins it. */
  readonly pinnedIn: 'tools' | 'node-tools' | 'judges';
  /** Its own source below that folder, when it is a program of ours. */
  readonly source?: string;
  /** Prints the version. */
  readonly versionArgs: readonly string[];
  /** Which other version in PATH does as well: the same minor (control plane), or a later one of the same major. */
  readonly accepts: 'same-minor' | 'same-major-or-later-minor';
  /** Go variable that holds the version, with its value's prefix. */
  readonly versionVariable?: string;
}

const kubernetes = (command: string, pinnedIn: BinaryDefinition['pinnedIn'] = 'tools'): BinaryDefinition => ({
  goPackage: `k8s.io/kubernetes/cmd/${command}`,
  goModule: 'k8s.io/kubernetes',
  pinnedIn,
  versionArgs: ['--version'],
  accepts: 'same-minor',
  versionVariable: 'k8s.io/component-base/version.gitVersion',
});

const networkPlugin = (path: string): BinaryDefinition => ({
  goPackage: `github.com/containernetworking/plugins/plugins/${path}`,
  goModule: 'github.com/containernetworking/plugins',
  pinnedIn: 'node-tools',
  versionArgs: [],
  accepts: 'same-major-or-later-minor',
});

function prometheus(command: string): BinaryDefinition {
  return {
    goPackage: `github.com/prometheus/prometheus/cmd/${command}`,
    goModule: 'github.com/prometheus/prometheus',
    pinnedIn: 'judges',
    versionArgs: ['--version'],
    accepts: 'same-major-or-later-minor',
    versionVariable: 'github.com/prometheus/common/version.Version',
  };
}

function judge(name: 'kstatus' | 'argo-lua' | 'network-judge', goModule: string): BinaryDefinition {
  return { goPackage: `./${name}`, goModule, pinnedIn: 'judges', source: `${name}/main.go`, versionArgs: [], accepts: 'same-minor' };
}

export const BINARIES: Readonly<Record<BinaryName, BinaryDefinition>> = {
  etcd: {
    goPackage: 'go.etcd.io/etcd/server/v3',
    goModule: 'go.etcd.io/etcd/server/v3',
    pinnedIn: 'tools',
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
    pinnedIn: 'tools',
    versionArgs: ['--version'],
    accepts: 'same-major-or-later-minor',
  },
  helm: {
    goPackage: 'helm.sh/helm/v3/cmd/helm',
    goModule: 'helm.sh/helm/v3',
    pinnedIn: 'tools',
    versionArgs: ['version', '--short'],
    accepts: 'same-major-or-later-minor',
    versionVariable: 'helm.sh/helm/v3/internal/version.version',
  },
  kubeconform: {
    goPackage: 'github.com/yannh/kubeconform/cmd/kubeconform',
    goModule: 'github.com/yannh/kubeconform',
    pinnedIn: 'tools',
    versionArgs: ['-v'],
    accepts: 'same-major-or-later-minor',
    versionVariable: 'main.version',
  },
  // The cost estimate of the API server of the same module.
  'crd-cost': {
    goPackage: './crd-cost',
    goModule: 'k8s.io/kubernetes',
    pinnedIn: 'tools',
    source: 'crd-cost/main.go',
    versionArgs: [],
    accepts: 'same-minor',
  },
  kubelet: kubernetes('kubelet', 'node-tools'),
  'kube-proxy': kubernetes('kube-proxy', 'node-tools'),
  // CoreDNS with few plugins.
  'cluster-dns': {
    goPackage: './cluster-dns',
    goModule: 'github.com/coredns/coredns',
    pinnedIn: 'node-tools',
    source: 'cluster-dns/main.go',
    versionArgs: ['-version'],
    accepts: 'same-major-or-later-minor',
  },
  'pod-pause': {
    goPackage: './pod-pause',
    goModule: 'k8s.io/kubernetes',
    pinnedIn: 'node-tools',
    source: 'pod-pause/main.go',
    versionArgs: [],
    accepts: 'same-minor',
  },
  ptp: networkPlugin('main/ptp'),
  'host-local': networkPlugin('ipam/host-local'),
  loopback: networkPlugin('main/loopback'),
  promtool: prometheus('promtool'),
  prometheus: prometheus('prometheus'),
  // Judges an object's conditions as Flux and other tools do.
  kstatus: judge('kstatus', 'sigs.k8s.io/cli-utils'),
  // Lua as Argo CD runs it.
  'argo-lua': judge('argo-lua', 'github.com/yuin/gopher-lua'),
  // Says which connections NetworkPolicies allow, by the matcher of cyclonus.
  'network-judge': judge('network-judge', 'github.com/mattfenwick/cyclonus'),
};

/** Programs that `make up` needs. The charts alone need helm and kubeconform. */
export const CLUSTER_BINARIES = [
  'nats-server',
  'etcd',
  'kubectl',
  'kube-apiserver',
  'kube-scheduler',
  'kube-controller-manager',
] as const satisfies readonly BinaryName[];

/** Programs that the real node needs besides Debian's packages. */
export const NODE_BINARIES = [
  'etcd',
  'kubectl',
  'kube-apiserver',
  'kube-scheduler',
  'kube-controller-manager',
  'kubelet',
  'kube-proxy',
  'cluster-dns',
  'pod-pause',
  'ptp',
  'host-local',
  'loopback',
] as const satisfies readonly BinaryName[];

export function isBinaryName(text: string): text is BinaryName {
  return (BINARY_NAMES as readonly string[]).includes(text);
}
