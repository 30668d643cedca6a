/** What the chart sets and what the operator makes of it fit together: settings, classes, keys, network. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { OPERATOR_ENVIRONMENT, OPERATOR_NODE_FLAGS } from '@flotilla/operator/node-process.ts';
import { operatorSettingsSchema } from '@flotilla/operator/settings.ts';
import { planAuditWriter } from '@flotilla/operator/audit-writer/plan.ts';
import type { Intent } from '@flotilla/kube/mod.ts';
import { planExecWorkload } from '@flotilla/operator/portfolio/plan.ts';
import { planGateway } from '@flotilla/operator/signal-source/plan.ts';
import { type Belonging, labelsOf } from '@flotilla/operator/workload/labels.ts';
import { networkPolicyManifest } from '@flotilla/operator/workload/network-policy.ts';
import { SERVICE_PORTS } from '@flotilla/contracts/values/service-ports.ts';
import { CHART_MATRIX } from './testing/chart-matrix.ts';
import { mayConnect, type Pod, type Policy } from './testing/network-reach.ts';
import { operatorSettingsOf, operatorVariables, type Variable } from './testing/operator-settings.ts';
import { type ChartCase, renderObjects, type RenderedObject } from './testing/render-chart.ts';

type Json = Readonly<Record<string, unknown>>;

const PORTFOLIO = {
  apiVersion: 'flotilla.dev/v1alpha1',
  kind: 'Portfolio',
  metadata: { name: 'main', namespace: 'trading', uid: 'u1' },
  spec: {},
};
const AGENT: Belonging = { component: 'agent', instance: 'btc-agent', portfolio: 'main', strategy: 'btc' };

function podSpecOf(object: RenderedObject | Json): Json & { readonly containers: readonly { readonly env?: readonly Variable[] }[] } {
  const { template } = object['spec'] as { readonly template: { readonly spec: never } };
  return template.spec;
}

function find(objects: readonly RenderedObject[], kind: string, name: string): RenderedObject {
  return objects.find((object) => object.kind === kind && object.metadata.name === name) ?? assert.fail(`no ${kind} ${name}`);
}

function manifests(intents: readonly Intent[], kind: string): readonly Json[] {
  return intents.flatMap((intent) => ('manifest' in intent && intent.resource.kind === kind ? [intent.manifest] : []));
}

test('chart: sets no variable that the operator does not know', async () => {
  const known = new Set([...Object.keys(operatorSettingsSchema.shape), ...Object.keys(OPERATOR_ENVIRONMENT)]);
  for (const chartCase of [CHART_MATRIX.defaults, CHART_MATRIX.full, CHART_MATRIX.external, CHART_MATRIX.bare]) {
    const variables = operatorVariables(await renderObjects(chartCase));
    assert.deepEqual(
      variables.map(({ name }) => name).filter((name) => !known.has(name)),
      [],
    );
  }
});

test('operator: gives its pods what the chart was told: classes, pull policy, pull secrets, key and volume', async () => {
  const objects = await renderObjects(CHART_MATRIX.full);
  const settings = operatorSettingsOf(objects);
  const [exec] = manifests(planExecWorkload(PORTFOLIO, settings), 'Deployment').map(podSpecOf);
  assert.equal(exec?.['priorityClassName'], 'desk-first');
  assert.deepEqual(exec?.['imagePullSecrets'], [{ name: 'registry' }, { name: 'mirror' }, { name: 'desk-registry' }]);
  assert.deepEqual(exec?.['nodeSelector'], { 'example.dev/pool': 'trading' });
  assert.match(
    JSON.stringify(exec?.['tolerations']),
    /"key":"dedicated".*"key":"node\.kubernetes\.io\/unreachable".*"tolerationSeconds":10/,
  );
  assert.match(JSON.stringify(exec?.containers), /"requests":\{"cpu":"20m","memory":"1Gi"\},"limits":\{"memory":"1Gi"\}/);
  const audit = planAuditWriter(settings);
  const pod = manifests(audit, 'Deployment').map(podSpecOf)[0];
  assert.ok(pod?.containers[0]?.env?.some(({ name, value }) => name === 'FLOTILLA_AUDIT_KEY_FILE' && value?.endsWith('/signing-key.pem')));
  assert.match(JSON.stringify(pod?.['volumes']), /"secretName":"vault-audit-key"/);
  assert.match(JSON.stringify(manifests(audit, 'PersistentVolumeClaim')), /"storage":"1Ti".*"storageClassName":"fast"/);
  assert.equal(find(objects, 'PriorityClass', 'flotilla-agents-desk-7')['value'], 500_000);
  assert.ok(!objects.some(({ metadata }) => metadata.name === 'flotilla-trading-desk-7'), 'a class that exists is not made anew');
});

test('chart: the operator leaves a lost node after 10 seconds, and a toleration of the values wins', async () => {
  const tolerationsOf = async (tolerations: readonly object[]): Promise<unknown> => {
    const values = { ...CHART_MATRIX.dev.values, operator: { tolerations } };
    const objects = await renderObjects({ ...CHART_MATRIX.dev, values });
    return podSpecOf(find(objects, 'Deployment', 'flotilla-operator'))['tolerations'];
  };
  const own = (key: string): object => ({ key, operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 10 });
  const [notReady, unreachable] = ['node.kubernetes.io/not-ready', 'node.kubernetes.io/unreachable'] as const;
  assert.deepEqual(await tolerationsOf([]), [own(notReady), own(unreachable)]);
  const longer = { key: unreachable, operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 60 };
  assert.deepEqual(await tolerationsOf([longer]), [longer, own(notReady)]);
});

test('chart: servers of the bus stay on different nodes, whatever affinity the values add', async () => {
  const objects = await renderObjects(CHART_MATRIX.full);
  const { affinity } = podSpecOf(find(objects, 'StatefulSet', 'flotilla-nats')) as unknown as {
    readonly affinity: { readonly podAntiAffinity: Readonly<Record<string, readonly { readonly labelSelector: unknown }[]>> };
  };
  const selectors = affinity.podAntiAffinity['requiredDuringSchedulingIgnoredDuringExecution']?.map(({ labelSelector }) => labelSelector);
  assert.deepEqual(selectors, [{ matchLabels: { app: 'batch' } }, { matchLabels: { 'app.kubernetes.io/instance': 'flotilla-nats' } }]);
});

test('operator: its pods do not change when only the chart’s version does', async () => {
  const objects = await renderObjects(CHART_MATRIX.dev);
  assert.equal(operatorSettingsOf(objects).revision, '1.2.3');
  for (const object of objects.filter(({ kind }) => kind === 'Deployment' || kind === 'StatefulSet')) {
    const { metadata } = (object['spec'] as { readonly template: { readonly metadata: Json } }).template;
    assert.ok(!JSON.stringify(metadata).includes('helm.sh/chart'), `${object.metadata.name}: would restart at every upgrade`);
  }
});

/** Pods that resolve names. Port 53 leads to the cluster's DNS and nowhere else: a tunnel over DNS needs a server outside. */
for (const from of ['operator', 'exec', 'agent', 'gateway', 'audit', 'nats']) {
  for (const { to, allowed } of [
    { to: 'dns', allowed: true },
    { to: 'elsewhere', allowed: false },
    { to: 'neighbour', allowed: false },
    { to: 'pretender', allowed: false },
  ]) {
    test(`network: ${from} ${allowed ? 'reaches' : 'does not reach'} ${to}:53`, async () => {
      const { policies, pods } = await world(CHART_MATRIX.durable);
      const [source, target] = [pods[from], pods[to]];
      assert.ok(source !== undefined && target !== undefined);
      assert.equal(mayConnect(policies, source, target, 53), allowed);
    });
  }
}

test('network: a DNS service of another kind and servers outside the cluster are named once, for chart and operator', async () => {
  const { policies, pods } = await world({ ...CHART_MATRIX.full, namespace: 'trading' });
  const at = (address: string): Pod => ({ namespace: '', labels: {}, address });
  for (const from of ['operator', 'exec', 'agent', 'gateway', 'audit', 'nats']) {
    const source = pods[from] ?? assert.fail(from);
    assert.equal(mayConnect(policies, source, at('169.254.20.10'), 5353), true, from);
    assert.equal(mayConnect(policies, source, pods['dns'] ?? assert.fail(), 53), false, from);
  }
  for (const from of ['operator', 'exec']) {
    const source = pods[from] ?? assert.fail(from);
    assert.equal(mayConnect(policies, source, at('198.51.100.7'), 443), true, `${from}: the collector`);
    assert.equal(mayConnect(policies, source, at('198.51.101.7'), 443), false, `${from}: another address`);
  }
});

/** Who may open connections to whom, with all policies of chart and operator in force. */
const reach: readonly { readonly from: string; readonly to: string; readonly port: number; readonly allowed: boolean }[] = [
  { from: 'operator', to: 'nats', port: 4222, allowed: true },
  { from: 'exec', to: 'nats', port: 4222, allowed: true },
  { from: 'agent', to: 'nats', port: 4222, allowed: true },
  { from: 'gateway', to: 'nats', port: 4222, allowed: true },
  { from: 'audit', to: 'nats', port: 4222, allowed: true },
  { from: 'agent', to: 'redis', port: 6379, allowed: true },
  { from: 'gateway', to: 'redis', port: 6379, allowed: true },
  { from: 'nats', to: 'nats', port: 6222, allowed: true },
  { from: 'stranger', to: 'gateway', port: 8001, allowed: true },
  { from: 'monitor', to: 'gateway', port: 8006, allowed: true },
  { from: 'monitor', to: 'agent', port: 8002, allowed: true },
  { from: 'monitor', to: 'operator', port: 8003, allowed: true },
  { from: 'monitor', to: 'exec', port: 8004, allowed: true },
  { from: 'monitor', to: 'nats', port: 8222, allowed: true },
  { from: 'operator', to: 'apiserver', port: 6443, allowed: true },
  { from: 'credentials', to: 'apiserver', port: 6443, allowed: true },
  { from: 'exec', to: 'redis', port: 6379, allowed: false },
  // The webhook port is public. Health and metrics are not.
  { from: 'stranger', to: 'gateway', port: 8006, allowed: false },
  { from: 'agent', to: 'gateway', port: 8006, allowed: false },
  { from: 'stranger', to: 'exec', port: 8004, allowed: false },
  { from: 'monitor', to: 'exec', port: 9229, allowed: false },
  { from: 'operator', to: 'elsewhere', port: 443, allowed: false },
  { from: 'operator', to: 'elsewhere', port: 6443, allowed: false },
  { from: 'credentials', to: 'elsewhere', port: 6443, allowed: false },
  { from: 'uninstall', to: 'elsewhere', port: 443, allowed: false },
  { from: 'audit', to: 'redis', port: 6379, allowed: false },
  { from: 'operator', to: 'redis', port: 6379, allowed: false },
  { from: 'stranger', to: 'nats', port: 4222, allowed: false },
  { from: 'stranger', to: 'redis', port: 6379, allowed: false },
  { from: 'neighbour', to: 'nats', port: 4222, allowed: false },
  { from: 'neighbour', to: 'redis', port: 6379, allowed: false },
  { from: 'agent', to: 'nats', port: 8222, allowed: false },
  { from: 'agent', to: 'nats', port: 6222, allowed: false },
  { from: 'agent', to: 'exec', port: 8004, allowed: false },
  { from: 'agent', to: 'apiserver', port: 6443, allowed: false },
  { from: 'exec', to: 'apiserver', port: 6443, allowed: false },
  { from: 'nats', to: 'apiserver', port: 6443, allowed: false },
  { from: 'redis', to: 'apiserver', port: 6443, allowed: false },
  { from: 'monitor', to: 'redis', port: 6379, allowed: false },
  { from: 'credentials', to: 'nats', port: 4222, allowed: false },
  { from: 'uninstall', to: 'apiserver', port: 6443, allowed: true },
  { from: 'uninstall', to: 'nats', port: 4222, allowed: false },
];

for (const { from, to, port, allowed } of reach) {
  test(`network: ${from} ${allowed ? 'reaches' : 'does not reach'} ${to}:${port}`, async () => {
    const { policies, pods } = await world(CHART_MATRIX.durable);
    const [source, target] = [pods[from], pods[to]];
    assert.ok(source !== undefined && target !== undefined);
    assert.equal(mayConnect(policies, source, target, port, { monitoring: { 'flotilla.dev/monitoring': 'true' } }), allowed);
  });
}

async function world(
  chartCase: ChartCase,
): Promise<{ readonly policies: readonly Policy[]; readonly pods: Readonly<Record<string, Pod>> }> {
  const objects = await renderObjects(chartCase);
  const settings = operatorSettingsOf(objects);
  const workloads = [...planExecWorkload(PORTFOLIO, settings), ...planGateway([], settings), ...planAuditWriter(settings)];
  const agentPolicy = networkPolicyManifest({
    belonging: AGENT,
    namespace: settings.namespace,
    owner: undefined,
    reaches: [settings.natsUrl, settings.redisUrl],
    healthPort: SERVICE_PORTS.agents,
    network: settings.network,
  });
  const made = [...manifests(workloads, 'NetworkPolicy'), agentPolicy, ...objects.filter(({ kind }) => kind === 'NetworkPolicy')];
  const own = [...objects, ...manifests(workloads, 'Deployment')].flatMap((object): readonly (readonly [string, Pod])[] => {
    const { template } = (object['spec'] ?? {}) as {
      readonly template?: { readonly metadata: { readonly labels: Record<string, string> } };
    };
    const labels = template?.metadata.labels;
    return labels === undefined ? [] : [[labels['app.kubernetes.io/component'] ?? '', { namespace: 'trading', labels }]];
  });
  return {
    policies: made as unknown as readonly Policy[],
    pods: {
      ...Object.fromEntries(own),
      agent: { namespace: 'trading', labels: labelsOf(AGENT) },
      dns: { namespace: 'kube-system', labels: { 'k8s-app': 'kube-dns' }, address: '10.96.0.5' },
      /** Has the label of the DNS service, and not its namespace. */
      pretender: { namespace: 'default', labels: { 'k8s-app': 'kube-dns' } },
      elsewhere: { namespace: '', labels: {}, address: '203.0.113.9' },
      neighbour: { namespace: 'trading', labels: { app: 'wiki' } },
      stranger: { namespace: 'default', labels: {} },
      monitor: { namespace: 'monitoring', labels: {} },
      apiserver: { namespace: '', labels: {}, address: '172.18.0.2' },
    },
  };
}

test('chart: starts the operator with the flags and the environment that it runs with everywhere', async () => {
  const deployment = (await renderObjects(CHART_MATRIX.defaults)).find(
    ({ kind, metadata }) => kind === 'Deployment' && metadata.name === 'flotilla-operator',
  );
  assert.ok(deployment !== undefined);
  const [container] = podSpecOf(deployment).containers;
  const { command, env } = container as { readonly command?: unknown; readonly env?: readonly { name: string; value?: string }[] };
  assert.deepEqual(command, ['node', ...OPERATOR_NODE_FLAGS, 'operator/main.ts']);
  for (const [name, value] of Object.entries(OPERATOR_ENVIRONMENT)) assert.equal(env?.find((one) => one.name === name)?.value, value, name);
});
