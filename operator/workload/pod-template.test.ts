/** Pod templates over the pods of the operator: the fields that a template changes, and the fields that it cannot change. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type PodTemplate, podTemplateSchema } from '@flotilla/contracts/resources/pod-template.ts';
import { type ReplacementStrategy, deploymentManifest } from './deployment.ts';
import { mergePodTemplates, podTemplateOf, resourcesOf } from './pod-template.ts';

interface PodSpec {
  readonly securityContext: unknown;
  readonly serviceAccountName: string;
  readonly automountServiceAccountToken: boolean;
  readonly tolerations: readonly { readonly key?: string; readonly tolerationSeconds?: number }[];
  readonly containers: readonly { readonly securityContext: unknown; readonly env: unknown }[];
  readonly [field: string]: unknown;
}

function deploymentWith(
  podTemplate: PodTemplate | undefined,
  strategy: ReplacementStrategy = 'TakeOver',
  component: 'exec' | 'agent' = 'exec',
) {
  const manifest = deploymentManifest({
    belonging: { component, instance: 'main-exec', portfolio: 'main' },
    namespace: 'trading',
    image: 'flotilla:test',
    entryPoint: 'exec/main.ts',
    port: 8_004,
    replicas: 1,
    strategy,
    environment: [],
    podAnnotations: { 'flotilla.dev/config-hash': 'h' },
    terminationGraceSeconds: 25,
    owner: undefined,
    podTemplate,
  });
  return manifest['spec'] as {
    readonly strategy: unknown;
    readonly template: {
      readonly metadata: { readonly labels: Readonly<Record<string, string>>; readonly annotations: Readonly<Record<string, string>> };
      readonly spec: PodSpec;
    };
  };
}

const full: PodTemplate = podTemplateSchema.parse({
  resources: { requests: { cpu: '1', memory: '1Gi' }, limits: { cpu: '2', memory: '2Gi' } },
  nodeSelector: { 'example.com/pool': 'trading' },
  tolerations: [{ key: 'dedicated', value: 'trading', effect: 'NoSchedule' }],
  affinity: {
    nodeAffinity: {
      requiredDuringSchedulingIgnoredDuringExecution: {
        nodeSelectorTerms: [{ matchExpressions: [{ key: 'example.com/cpu', operator: 'Gt', values: ['4'] }] }],
      },
    },
  },
  topologySpreadConstraints: [{ topologyKey: 'topology.kubernetes.io/zone' }],
  imagePullSecrets: [{ name: 'desk-registry' }],
  labels: { team: 'desk' },
  annotations: { 'example.com/cost-centre': '42' },
});

test('deploymentManifest: takes size, place, pull Secrets, labels and annotations from a pod template', () => {
  const { template } = deploymentWith(full);
  const { spec, metadata } = template;
  assert.deepEqual(spec['nodeSelector'], { 'example.com/pool': 'trading' });
  assert.deepEqual(spec['affinity'], full.affinity);
  assert.deepEqual(spec['imagePullSecrets'], [{ name: 'desk-registry' }]);
  assert.deepEqual(spec['topologySpreadConstraints'], [
    {
      topologyKey: 'topology.kubernetes.io/zone',
      maxSkew: 1,
      whenUnsatisfiable: 'ScheduleAnyway',
      labelSelector: { matchLabels: { 'app.kubernetes.io/component': 'exec' } },
    },
  ]);
  assert.equal(metadata.labels['team'], 'desk');
  assert.deepEqual(metadata.annotations, { 'example.com/cost-centre': '42', 'flotilla.dev/config-hash': 'h' });
});

test('deploymentManifest: keeps identity, security and environment of the pod under every pod template', () => {
  const [plain, templated] = [deploymentWith(undefined).template.spec, deploymentWith(full).template.spec];
  assert.deepEqual(templated.securityContext, plain.securityContext);
  assert.equal(templated.serviceAccountName, plain.serviceAccountName);
  assert.equal(templated.automountServiceAccountToken, false);
  const withoutSize = ({ containers }: PodSpec): unknown => containers.map((container) => ({ ...container, resources: undefined }));
  assert.deepEqual(withoutSize(templated), withoutSize(plain));
});

test('deploymentManifest: Flotilla’s labels and annotations win, even if a template that names them passes the schema', () => {
  const forged = { labels: { 'app.kubernetes.io/component': 'operator' }, annotations: { 'flotilla.dev/config-hash': 'forged' } };
  const { metadata } = deploymentWith(forged).template;
  assert.equal(metadata.labels['app.kubernetes.io/component'], 'exec');
  assert.equal(metadata.annotations['flotilla.dev/config-hash'], 'h');
});

const lost = (spec: PodSpec): readonly unknown[] =>
  spec.tolerations
    .filter(({ key }) => key?.startsWith('node.kubernetes.io/'))
    .map(({ key, tolerationSeconds }) => [key, tolerationSeconds]);

test('deploymentManifest: a pod leaves a lost node after ten seconds', () => {
  const want = [
    ['node.kubernetes.io/not-ready', 10],
    ['node.kubernetes.io/unreachable', 10],
  ];
  assert.deepEqual(lost(deploymentWith(undefined).template.spec), want);
  // This toleration accepts every taint for ever and would keep the pod on a lost node. The shorter time counts.
  assert.deepEqual(lost(deploymentWith({ tolerations: [{ operator: 'Exists' }] }).template.spec), want);
});

test('deploymentManifest: an agent stays on a lost node for 300 seconds, because no fence separates it from its replacement', () => {
  const { spec } = deploymentWith(undefined, 'Recreate', 'agent').template;
  assert.deepEqual(lost(spec), [
    ['node.kubernetes.io/not-ready', 300],
    ['node.kubernetes.io/unreachable', 300],
  ]);
});

test('deploymentManifest: a pod template may name another time for a lost node', () => {
  const toleration = { key: 'node.kubernetes.io/unreachable', operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 120 } as const;
  assert.deepEqual(lost(deploymentWith({ tolerations: [toleration] }).template.spec), [
    ['node.kubernetes.io/unreachable', 120],
    ['node.kubernetes.io/not-ready', 10],
  ]);
});

test('deploymentManifest: TakeOver starts the new pod while the old one still ends', () => {
  assert.deepEqual(deploymentWith(undefined).strategy, { type: 'RollingUpdate', rollingUpdate: { maxSurge: 0, maxUnavailable: 1 } });
  assert.deepEqual(deploymentWith(undefined, 'Recreate').strategy, { type: 'Recreate' });
});

const sizes: readonly { readonly reason: string; readonly given: PodTemplate['resources']; readonly want: object }[] = [
  { reason: 'no template', given: undefined, want: { requests: { cpu: '20m', memory: '96Mi' }, limits: { memory: '512Mi' } } },
  {
    reason: 'a request above the default limit raises the limit',
    given: { requests: { memory: '1Gi' } },
    want: { requests: { cpu: '20m', memory: '1Gi' }, limits: { memory: '1Gi' } },
  },
  {
    reason: 'a limit below the default request lowers the request',
    given: { limits: { memory: '64Mi', cpu: '10m' } },
    want: { requests: { cpu: '10m', memory: '64Mi' }, limits: { cpu: '10m', memory: '64Mi' } },
  },
];

for (const { reason, given, want } of sizes) {
  test(`resourcesOf: ${reason}`, () => {
    assert.deepEqual(resourcesOf(given === undefined ? {} : { resources: given }), want);
  });
}

test('mergePodTemplates: an object’s field replaces the installation’s, and maps are merged key by key', () => {
  const merged = mergePodTemplates(
    { labels: { team: 'platform', tier: 'gold' }, tolerations: [{ operator: 'Exists' }], imagePullSecrets: [{ name: 'a' }] },
    { labels: { team: 'desk' }, tolerations: [], imagePullSecrets: [{ name: 'a' }, { name: 'b' }] },
  );
  assert.deepEqual(merged.labels, { team: 'desk', tier: 'gold' });
  assert.deepEqual(merged.tolerations, []);
  assert.deepEqual(merged.imagePullSecrets, [{ name: 'a' }, { name: 'b' }]);
});

test('podTemplateOf: reads a template of a later version, and gives none for one that cannot be read', () => {
  assert.deepEqual(podTemplateOf({ podTemplate: { labels: { team: 'desk' }, colour: 'red' } })?.labels, { team: 'desk' });
  assert.equal(podTemplateOf({ podTemplate: { nodeSelector: 'everywhere' } }), undefined);
  assert.equal(podTemplateOf({}), undefined);
});

const refused: readonly { readonly template: object; readonly message: RegExp }[] = [
  { template: { securityContext: { runAsUser: 0 } }, message: /[Uu]nrecognized key/ },
  { template: { hostNetwork: true }, message: /[Uu]nrecognized key/ },
  { template: { containers: [] }, message: /[Uu]nrecognized key/ },
  { template: { serviceAccountName: 'admin' }, message: /[Uu]nrecognized key/ },
  { template: { labels: { 'app.kubernetes.io/component': 'operator' } }, message: /no key that begins with/ },
  { template: { labels: { 'flotilla.dev/portfolio': 'other' } }, message: /no key that begins with/ },
  {
    template: { annotations: { 'container.apparmor.security.beta.kubernetes.io/exec': 'unconfined' } },
    message: /no key that begins with/,
  },
  { template: { labels: { '-bad': 'x' } }, message: /expected keys such as/ },
  {
    template: { resources: { requests: { memory: '2Gi' }, limits: { memory: '1Gi' } } },
    message: /requests\.memory to be at most limits\.memory/,
  },
  { template: { tolerations: [{ value: 'x' }] }, message: /operator Exists in a toleration without a key/ },
  { template: { tolerations: [{ key: 'a', tolerationSeconds: 5 }] }, message: /tolerationSeconds with the effect NoExecute alone/ },
];

for (const { template, message } of refused) {
  test(`podTemplateSchema: refuses ${JSON.stringify(template)}`, () => {
    const parsed = podTemplateSchema.safeParse(template);
    assert.ok(!parsed.success);
    assert.match(parsed.error.issues.map((issue) => issue.message).join('; '), message);
  });
}
