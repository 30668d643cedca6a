/** Installations that between them take every branch of the templates. */
import type { ChartCase } from './render-chart.ts';

const image = { repository: 'registry.example/flotilla', tag: '1.2.3' };
const digest = `sha256:${'0123456789abcdef'.repeat(4)}`;
const placed = {
  nodeSelector: { 'example.dev/pool': 'trading' },
  tolerations: [{ key: 'dedicated', operator: 'Equal', value: 'trading', effect: 'NoSchedule' }],
};

export const CHART_MATRIX = {
  /** No value at all. */
  defaults: {},
  dev: { valueFiles: ['values-dev.yaml'], values: { image } },
  durable: { valueFiles: ['values-durable.yaml'], values: { image } },
  /** As little as the schema allows. */
  bare: {
    values: {
      operator: { replicas: 1, leaderElection: false, podDisruptionBudget: false, uninstallGuard: false, resources: {} },
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
      nats: { enabled: false, url: 'tls://bus.example.com:4443', streamReplicas: 3 },
      redis: { enabled: false, url: 'rediss://store.example.com' },
    },
  },
  /** With Prometheus Operator and Grafana. */
  monitored: {
    values: {
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
      operator: { replicas: 3, logLevel: 'debug', apiPriority: { enabled: true, concurrencyShares: 50 }, ...placed },
      otlpEndpoint: 'https://collector.example.com',
      gateway: { nodePort: 30_001 },
      audit: { signingKeySecret: 'vault-audit-key', storage: { size: '1Ti', storageClass: 'fast' } },
      priorityClasses: { create: true, trading: 'desk-first' },
      networkPolicies: {
        apiServer: { cidrs: ['10.0.0.1/32', '10.0.0.2/32'], ports: [6443] },
        busClients: [{ podSelector: { matchLabels: { app: 'research' } } }],
      },
      nats: {
        replicas: 5,
        streamReplicas: 5,
        image: { repository: 'registry.example/nats', digest },
        storage: { storageClass: 'fast' },
        ...placed,
      },
      redis: { image: { repository: 'registry.example/redis', tag: '7.4.1' }, storage: { storageClass: 'fast' }, ...placed },
    },
  },
  kinds: { chart: 'flotilla-crds' },
} as const satisfies Readonly<Record<string, ChartCase>>;

export type ChartCaseName = keyof typeof CHART_MATRIX;
export const CHART_CASE_NAMES = Object.keys(CHART_MATRIX) as readonly ChartCaseName[];
