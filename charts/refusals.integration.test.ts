/** Values that the chart refuses, and with which words. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { API_SERVER_CIDRS } from './testing/chart-matrix.ts';
import { renderChart } from './testing/render-chart.ts';

type Values = Readonly<Record<string, unknown>>;

/** Values together with the addresses of the API server, for which `helm template` has no cluster to ask. */
function withApiServer(values: Values): Values {
  const networkPolicies = { apiServer: { cidrs: API_SERVER_CIDRS }, ...(values['networkPolicies'] as Values | undefined) };
  return { ...values, networkPolicies };
}

const always: readonly { readonly reason: string; readonly values: Values; readonly message: RegExp }[] = [
  { reason: 'a misspelt value', values: { nats: { replica: 3 } }, message: /at '\/nats': additional properties 'replica' not allowed/ },
  { reason: 'a misspelt section', values: { natz: {} }, message: /additional properties 'natz' not allowed/ },
  {
    reason: 'a profile that does not exist',
    values: { profile: 'prod' },
    message: /at '\/profile': value must be one of 'dev', 'durable'/,
  },
  {
    reason: 'two servers, which have no majority',
    values: { nats: { replicas: 2 } },
    message: /at '\/nats\/replicas': value must be one of 1, 3, 5/,
  },
  { reason: 'a number as text', values: { operator: { replicas: '2' } }, message: /at '\/operator\/replicas': got string, want integer/ },
  { reason: 'no operator', values: { operator: { replicas: 0 } }, message: /at '\/operator\/replicas': minimum: got 0, want 1/ },
  { reason: 'no callout', values: { callout: { replicas: 0 } }, message: /at '\/callout\/replicas': minimum: got 0, want 1/ },
  {
    reason: 'a size without a unit that exists',
    values: { nats: { storage: { size: '10GiB' } } },
    message: /at '\/nats\/storage\/size': '10GiB' does not match pattern/,
  },
  {
    reason: 'two ways to say which namespaces are served',
    values: { tenants: { namespaces: ['research'], all: true } },
    message: /tenants: expected one of namespaces, matchLabels and all, found 2/,
  },
  {
    reason: 'every namespace, and no right to read them',
    values: { tenants: { all: true, reads: 'Namespace' } },
    message: /tenants\.reads: expected Cluster with tenants\.all=true, found Namespace/,
  },
  {
    reason: 'a name that no namespace can have',
    values: { tenants: { namespaces: ['Research'] } },
    message: /at '\/tenants\/namespaces\/0': 'Research' does not match pattern/,
  },
  {
    reason: 'a digest that is none',
    values: { image: { digest: 'sha256:12' } },
    message: /at '\/image\/digest': 'sha256:12' does not match pattern/,
  },
  {
    reason: 'an unknown resource',
    values: { operator: { resources: { limits: { disk: '1Gi' } } } },
    message: /additional properties 'disk' not allowed/,
  },
  {
    reason: 'a bus URL of another protocol',
    values: { nats: { enabled: false, url: 'http://x' } },
    message: /at '\/nats\/url': 'http:\/\/x' does not match/,
  },
  {
    reason: 'no bus at all',
    values: { nats: { enabled: false } },
    message: /nats\.url: expected the address of your bus because nats\.enabled=false, found none: set nats\.url=/,
  },
  {
    reason: 'two buses',
    values: { nats: { url: 'nats://bus:4222' } },
    message: /nats\.url: expected none while the chart runs the bus, found nats:\/\/bus:4222: set nats\.enabled=false/,
  },
  {
    reason: 'no store at all',
    values: { redis: { enabled: false } },
    message: /redis\.url: expected the address of your store because redis\.enabled=false, found none/,
  },
  {
    reason: 'two stores',
    values: { redis: { url: 'redis://store:6379' } },
    message: /redis\.url: expected none while the chart runs the store, found redis:\/\/store:6379/,
  },
  {
    reason: 'more copies than servers',
    values: { nats: { streamReplicas: 3 } },
    message: /nats\.streamReplicas: expected at most nats\.replicas \(1\), found 3/,
  },
  {
    reason: 'DNS at no server, which a policy takes for every server',
    values: { networkPolicies: { dns: { to: [] } } },
    message: /at '\/networkPolicies\/dns\/to': minItems: got 0, want 1/,
  },
  {
    reason: 'an API server at an unknown address, which would be every address',
    values: { networkPolicies: { apiServer: { cidrs: [] } } },
    message: /networkPolicies\.apiServer\.cidrs: expected the addresses of the API server, found none .*kubectl get endpointslices/,
  },
  {
    reason: 'two operators without an election',
    values: { operator: { leaderElection: false } },
    message: /operator\.leaderElection: expected true with 2 replicas, found false/,
  },
];

for (const { reason, values, message } of always) {
  test(`chart: refuses ${reason}`, async () => {
    await assert.rejects(renderChart({ values: withApiServer(values) }), message);
  });
}

const unsafe: readonly { readonly values: Values; readonly message: RegExp }[] = [
  { values: { nats: { spread: 'Preferred' } }, message: /nats\.spread: profile durable expects Required, found Preferred/ },
  {
    values: { nats: { replicas: 1, streamReplicas: 1 } },
    message: /nats\.replicas: profile durable expects at least 3, found 1: .*set nats\.replicas=3/,
  },
  {
    values: { nats: { syncInterval: '2m' } },
    message: /nats\.syncInterval: profile durable expects always, found 2m: .*power failure.*set nats\.syncInterval=always/,
  },
  {
    values: { nats: { streamReplicas: 1 } },
    message: /nats\.streamReplicas: profile durable expects at least 3, found 1: .*set nats\.streamReplicas=3/,
  },
  { values: { nats: { storage: { enabled: false } } }, message: /nats\.storage\.enabled: profile durable expects true, found false/ },
  { values: { nats: { podDisruptionBudget: false } }, message: /nats\.podDisruptionBudget: profile durable expects true, found false/ },
  {
    values: { redis: { storage: { enabled: false } } },
    message: /redis\.storage\.enabled: profile durable expects true, found false: used nonces/,
  },
  { values: { operator: { replicas: 1 } }, message: /operator\.replicas: profile durable expects at least 2, found 1/ },
  {
    values: { operator: { podDisruptionBudget: false } },
    message: /operator\.podDisruptionBudget: profile durable expects true, found false/,
  },
  {
    values: { callout: { replicas: 1 } },
    message: /callout\.replicas: profile durable expects at least 2, found 1: .*set callout\.replicas=2/,
  },
  {
    values: { callout: { podDisruptionBudget: false } },
    message: /callout\.podDisruptionBudget: profile durable expects true, found false/,
  },
  { values: { networkPolicies: { enabled: false } }, message: /networkPolicies\.enabled: profile durable expects true, found false/ },
  {
    values: { priorityClasses: { create: false, control: 'mine' } },
    message: /priorityClasses\.trading: profile durable expects a priority class, found none/,
  },
  {
    values: { networkPolicies: { apiServer: { cidrs: ['0.0.0.0/0'] } } },
    message: /networkPolicies: profile durable expects narrow address ranges, found 0\.0\.0\.0\/0/,
  },
  {
    values: { networkPolicies: { hostPeers: { 'bus.example.com': [{ ipBlock: { cidr: '0.0.0.0/0' } }] } } },
    message: /networkPolicies: profile durable expects narrow address ranges, found 0\.0\.0\.0\/0/,
  },
  {
    values: { otlpEndpoint: 'https://collector.example.com' },
    message: /networkPolicies\.externalCidrs: profile durable expects the addresses of otlpEndpoint, found none/,
  },
  { values: { audit: { signingKeySecret: '' } }, message: /audit\.signingKeySecret: profile durable expects a Secret, found none/ },
  { values: { image: { tag: 'latest' } }, message: /image\.tag: profile durable expects a fixed version, found latest/ },
  {
    values: { nats: { enabled: false, url: 'nats://bus:4222', streamReplicas: 1 } },
    message: /nats\.streamReplicas: profile durable expects at least 3, found 1/,
  },
];

for (const { values, message } of unsafe) {
  test(`profile durable: refuses ${JSON.stringify(values)}`, async () => {
    await assert.rejects(renderChart({ valueFiles: ['values-durable.yaml'], values: withApiServer(values) }), message);
  });
  test(`profile dev: takes ${JSON.stringify(values)}`, async () => {
    await renderChart({ values: withApiServer(values) });
  });
}

test('profile durable: names everything that has to be mended at once', async () => {
  const error = await renderChart({ values: { profile: 'durable' } }).then(
    () => assert.fail('expected a refusal'),
    (refusal: Error) => refusal,
  );
  for (const field of ['nats.replicas', 'nats.streamReplicas', 'networkPolicies.apiServer.cidrs'])
    assert.match(error.message, new RegExp(`^  ${field}: `, 'm'));
});

test('chart: refuses a namespace whose name does not fit those of cluster-wide objects', async () => {
  await assert.rejects(renderChart({ namespace: 'n'.repeat(41) }), /namespace: expected at most 40 characters/);
});
