/** The steps of `make kind`, as data. Pure. */

export const KIND_CLUSTER = 'flotilla';
const NAMESPACE = 'trading';
/** Of its own, as the definitions outlive every installation. */
const DEFINITIONS_NAMESPACE = 'flotilla-crds';

export interface Step {
  /** Shown while the step runs. */
  readonly title: string;
  readonly command: readonly string[];
}

export interface KindPrograms {
  readonly docker: string;
  readonly kind: string;
  readonly helm: string;
}

export interface KindInput {
  readonly programs: KindPrograms;
  readonly checkoutDir: string;
  readonly kubeconfig: string;
  /** Clusters that kind has already. */
  readonly clusters: readonly string[];
}

/** A cluster, when there is none, and an image of what is checked out. */
export function prepareSteps({ programs, checkoutDir, kubeconfig, clusters }: KindInput, image: string): readonly Step[] {
  const { docker, kind } = programs;
  const there = clusters.includes(KIND_CLUSTER);
  return [
    there
      ? {
          title: `cluster ${KIND_CLUSTER} is there`,
          command: [kind, 'export', 'kubeconfig', '--name', KIND_CLUSTER, '--kubeconfig', kubeconfig],
        }
      : {
          title: `cluster ${KIND_CLUSTER}: creating`,
          command: [kind, 'create', 'cluster', '--name', KIND_CLUSTER, '--kubeconfig', kubeconfig, '--wait', '180s'],
        },
    { title: `image ${image}: building`, command: [docker, 'build', '--tag', image, checkoutDir] },
  ];
}

/** Tagged by its content, so that a changed image replaces the pods of the one before. */
export function installSteps(
  { programs, checkoutDir, kubeconfig }: KindInput,
  image: { readonly name: string; readonly tag: string },
): readonly Step[] {
  const { docker, kind, helm } = programs;
  const full = `${image.name}:${image.tag}`;
  const install = (chart: string, namespace: string, ...more: readonly string[]): readonly string[] => [
    helm,
    'upgrade',
    '--install',
    chart,
    `${checkoutDir}/charts/${chart}`,
    `--kubeconfig=${kubeconfig}`,
    `--namespace=${namespace}`,
    '--create-namespace',
    '--wait',
    '--timeout=5m',
    ...more,
  ];
  const values = ['--values', `${checkoutDir}/charts/flotilla/values-dev.yaml`];
  const settings = ['--set-string', `image.repository=${image.name},image.tag=${image.tag}`];
  return [
    { title: `image ${full}: tagging`, command: [docker, 'tag', `${image.name}:kind`, full] },
    { title: `image ${full}: loading into the cluster`, command: [kind, 'load', 'docker-image', full, '--name', KIND_CLUSTER] },
    { title: 'chart flotilla-crds: installing', command: install('flotilla-crds', DEFINITIONS_NAMESPACE) },
    { title: 'chart flotilla, profile dev: installing', command: install('flotilla', NAMESPACE, ...values, ...settings) },
  ];
}

export function nextSteps(kubeconfig: string): string {
  return [
    `installed into the namespace ${NAMESPACE} of the kind cluster ${KIND_CLUSTER}. Next:`,
    `  export KUBECONFIG=${kubeconfig}`,
    `  kubectl -n ${NAMESPACE} get pods`,
    '  kubectl apply -f examples/01-first-fill/fleet.yaml',
    `  kubectl -n ${NAMESPACE} get flotilla`,
    'Away with it: make kind-down',
  ].join('\n');
}

/** Programs that `make kind` lacks, each with the next step; empty when all are there. */
export function missingForKind(found: {
  readonly docker: boolean;
  readonly dockerAnswers: boolean;
  readonly kind: boolean;
}): readonly string[] {
  return [
    ...(found.docker ? [] : ['docker: not in PATH; install it (https://docs.docker.com/engine/install)']),
    ...(found.docker && !found.dockerAnswers
      ? ['docker: its daemon does not answer (docker info); start it, or ask for the right to use it']
      : []),
    ...(found.kind ? [] : ['kind: not in PATH; install it (go install sigs.k8s.io/kind@latest)']),
  ];
}
