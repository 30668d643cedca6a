/** Installations that between them take every branch of the templates. */
import type { ChartCase } from './render-chart.ts';

const image = { repository: 'registry.example/flotilla', tag: '1.2.3' };
const digest = `sha256:${'0123456789abcdef'.repeat(4)}`;
const placed = {
  nodeSelector: { 'example.dev/pool': 'trading' },
  tolerations: [{ key: 'dedicated', operator: 'Equal', value: 'trading', effect: 'NoSchedule' }],
};
/** As much as a part of the chart may say about its pods. */
const fullyPlaced = {
  ...placed,
  affinity: {
    nodeAffinity: {
      requiredDuringSchedulingIgnoredDuringExecution: {
        nodeSelectorTerms: [{ matchExpressions: [{ key: 'topology.kubernetes.io/zone', operator: 'In', values: ['a', 'b'] }] }],
      },
    },
    podAntiAffinity: {
      requiredDuringSchedulingIgnoredDuringExecution: [
        { topologyKey: 'kubernetes.io/hostname', labelSelector: { matchLabels: { app: 'batch' } } },
      ],
    },
  },
  topologySpreadConstraints: [
    {
      topologyKey: 'topology.kubernetes.io/zone',
      maxSkew: 1,
      whenUnsatisfiable: 'DoNotSchedule',
      labelSelector: { matchLabels: { 'app.kubernetes.io/part-of': 'flotilla' } },
    },
  ],
  podLabels: { team: 'desk' },
  podAnnotations: { 'example.dev/cost-centre': '42' },
};

/** Where the API server is: `helm template` has no cluster to ask. */
export const API_SERVER_CIDRS = ['172.18.0.0/24'] as const;
const networkPolicies = { apiServer: { cidrs: API_SERVER_CIDRS } };

export const CHART_MATRIX = {
  /** No value but the one that `helm template` needs. */
  defaults: { values: { networkPolicies } },
  dev: { valueFiles: ['values-dev.yaml'], values: { image, networkPolicies } },
  durable: { valueFiles: ['values-durable.yaml'], values: { image, networkPolicies } },
  /** As little as the schema allows. */
  bare: {
    values: {
      operator: { replicas: 1, leaderElection: false, podDisruptionBudget: false, uninstallGuard: false, resources: {} },
      callout: { replicas: 1, podDisruptionBudget: false, resources: {} },
      priorityClasses: { create: false },
      networkPolicies: { enabled: false },
      credentials: { create: false },
      audit: { signingKeySecret: '' },
      nats: { storage: { enabled: false }, resources: {} },
      redis: { storage: { enabled: false }, resources: {} },
    },
  },
  /** Bus and store are somebody else's. */
  external: {
    values: {
      image,
      networkPolicies: {
        ...networkPolicies,
        externalCidrs: ['203.0.113.0/24'],
        hostPeers: { 'bus.example.com': [{ ipBlock: { cidr: '203.0.113.10/32' } }] },
      },
      nats: { enabled: false, url: 'tls://bus.example.com:4443', streamReplicas: 3 },
      redis: { enabled: false, url: 'rediss://store.example.com' },
    },
  },
  /** The operator serves the namespaces that have a label, and reads no other. */
  labelled: {
    values: { image, networkPolicies, tenants: { matchLabels: { 'flotilla.dev/tenant': 'true', team: 'desk' }, reads: 'Namespace' } },
  },
  /** The operator serves every namespace with an object of Flotilla. */
  everywhere: { values: { image, networkPolicies, tenants: { all: true } } },
  /** With Prometheus Operator and Grafana. */
  monitored: {
    values: {
      networkPolicies,
      monitoring: {
        enabled: true,
        interval: '15s',
        labels: { release: 'prometheus' },
        alerts: { runbookBaseUrl: 'https://wiki.example.com/flotilla/' },
        dashboards: { annotations: { 'k8s-sidecar-target-directory': 'Flotilla' } },
      },
    },
  },
  /** Everything that can be set is set. */
  full: {
    namespace: 'desk-7',
    release: 'fleet',
    valueFiles: ['values-durable.yaml'],
    values: {
      image: { ...image, digest, pullPolicy: 'Always', pullSecrets: ['registry', 'mirror'] },
      operator: { replicas: 3, logLevel: 'debug', apiPriority: { enabled: true, concurrencyShares: 50 }, ...fullyPlaced },
      callout: { replicas: 3, ...fullyPlaced },
      workloads: {
        podTemplate: {
          ...placed,
          resources: { requests: { memory: '1Gi' } },
          labels: { team: 'desk' },
          imagePullSecrets: [{ name: 'desk-registry' }],
        },
      },
      otlpEndpoint: 'https://collector.example.com',
      people: { sharedReader: false },
      gateway: { nodePort: 30_001 },
      tenants: { namespaces: ['research', 'desk-8'] },
      audit: { signingKeySecret: 'vault-audit-key', storage: { size: '1Ti', storageClass: 'fast' } },
      priorityClasses: { create: true, trading: 'desk-first' },
      networkPolicies: {
        dns: { to: [{ ipBlock: { cidr: '169.254.20.10/32' } }], ports: [53, 5353] },
        externalCidrs: ['198.51.100.0/28'],
        apiServer: { cidrs: ['10.0.0.1/32', '10.0.0.2/32'], ports: [6443] },
        busClients: [{ podSelector: { matchLabels: { app: 'research' } } }],
      },
      nats: {
        replicas: 5,
        streamReplicas: 5,
        image: { repository: 'registry.example/nats', digest },
        storage: { storageClass: 'fast' },
        ...fullyPlaced,
      },
      redis: { image: { repository: 'registry.example/redis', tag: '7.4.1' }, storage: { storageClass: 'fast' }, ...fullyPlaced },
    },
  },
  kinds: { chart: 'flotilla-crds' },
} as const satisfies Readonly<Record<string, ChartCase>>;

export type ChartCaseName = keyof typeof CHART_MATRIX;
export const CHART_CASE_NAMES = Object.keys(CHART_MATRIX) as readonly ChartCaseName[];
