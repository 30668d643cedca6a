/** The settings, classes and keys of the chart fit those that the operator reads and makes. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { OPERATOR_ENVIRONMENT, OPERATOR_NODE_FLAGS } from '@flotilla/operator/node-process.ts';
import { operatorSettingsSchema } from '@flotilla/operator/settings.ts';
import { calloutSettingsSchema } from '@flotilla/operator/callout/settings.ts';
import { planAuditWriter } from '@flotilla/operator/audit-writer/plan.ts';
import type { Intent } from '@flotilla/kube/mod.ts';
import { planExecWorkload } from '@flotilla/operator/portfolio/plan.ts';
import { planGateway } from '@flotilla/operator/signal-source/plan.ts';
import { loadConfig } from '@flotilla/runtime/config.ts';
import { BUS_KEY_SECRETS } from '@flotilla/contracts/access/credential-secrets.ts';
import { SERVICE_PORTS } from '@flotilla/contracts/values/service-ports.ts';
import { CHART_MATRIX } from './testing/chart-matrix.ts';
import { operatorSettingsOf, operatorVariables, STORE_PASSWORD_FILE, type Variable } from './testing/operator-settings.ts';
import { renderObjects, type RenderedObject } from './testing/render-chart.ts';

type Json = Readonly<Record<string, unknown>>;

const PORTFOLIO = {
  apiVersion: 'flotilla.dev/v1alpha1',
  kind: 'Portfolio',
  metadata: { name: 'main', namespace: 'trading', uid: 'u1' },
  spec: {},
};

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
  const known = new Set([...Object.keys(operatorSettingsSchema.shape), STORE_PASSWORD_FILE, ...Object.keys(OPERATOR_ENVIRONMENT)]);
  for (const chartCase of [CHART_MATRIX.defaults, CHART_MATRIX.full, CHART_MATRIX.external, CHART_MATRIX.bare]) {
    const variables = operatorVariables(await renderObjects(chartCase));
    assert.deepEqual(
      variables.map(({ name }) => name).filter((name) => !known.has(name)),
      [],
    );
  }
});

test('chart: sets no variable that the callout does not know, and every one that it needs', async () => {
  for (const chartCase of [CHART_MATRIX.defaults, CHART_MATRIX.full, CHART_MATRIX.external, CHART_MATRIX.bare]) {
    const deployment = find(await renderObjects(chartCase), 'Deployment', 'flotilla-callout');
    const variables = podSpecOf(deployment).containers[0]?.env ?? [];
    const environment = Object.fromEntries(variables.map(({ name, value }) => [name, value ?? 'from-elsewhere']));
    assert.equal(loadConfig('callout', calloutSettingsSchema, environment).PORT, SERVICE_PORTS.callout);
    const unknown = variables.map(({ name }) => name).filter((name) => !(name in calloutSettingsSchema.shape));
    assert.deepEqual(unknown, []);
  }
});

/** The operator's own password at the store, which the store alone mounts besides. */
const STORE_VOLUME = {
  name: 'store',
  secret: { secretName: 'flotilla-redis-operator', defaultMode: 0o400, items: [{ key: 'password', path: 'password' }] },
};

test('chart: gives operator and callout their own keys of the bus as a file, and no pod mounts the root key', async () => {
  const objects = await renderObjects(CHART_MATRIX.durable);
  for (const part of ['operator', 'callout'] as const) {
    const spec = podSpecOf(find(objects, 'Deployment', `flotilla-${part}`));
    const { name, key } = BUS_KEY_SECRETS[part];
    const secret = { secretName: name, defaultMode: 0o400, items: [{ key, path: key }] };
    const identity = { name: 'bus-identity', secret };
    assert.deepEqual(spec['volumes'], part === 'operator' ? [identity, STORE_VOLUME] : [identity]);
    const [container] = spec.containers as readonly { readonly env?: readonly Variable[]; readonly volumeMounts?: unknown }[];
    assert.partialDeepStrictEqual(container?.volumeMounts, [{ name: 'bus-identity', mountPath: '/run/flotilla/bus', readOnly: true }]);
    assert.equal(container?.env?.find((one) => one.name === 'FLOTILLA_BUS_IDENTITY_FILE')?.value, `/run/flotilla/bus/${key}`);
  }
  const settings = operatorSettingsOf(objects);
  const made = [...planExecWorkload(PORTFOLIO, settings), ...planGateway([], settings), ...planAuditWriter(settings)];
  assert.ok(!JSON.stringify([...objects, ...made]).includes(BUS_KEY_SECRETS.root.name));
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

test('chart: expects an engine for NetworkPolicies with the profile durable, none with dev, and what the values say', async () => {
  const engineOf = async (chartCase: (typeof CHART_MATRIX)['dev' | 'durable'], engine: string): Promise<string | undefined> => {
    const networkPolicies = { ...chartCase.values.networkPolicies, engine };
    return operatorSettingsOf(await renderObjects({ ...chartCase, values: { ...chartCase.values, networkPolicies } })).policyEngine;
  };
  const { dev, durable } = CHART_MATRIX;
  assert.deepEqual(await Promise.all([engineOf(dev, ''), engineOf(durable, '')]), ['None', 'Expected']);
  assert.deepEqual(await Promise.all([engineOf(dev, 'Expected'), engineOf(durable, 'None')]), ['Expected', 'None']);
});

test('operator: its pods do not change when only the chart’s version does', async () => {
  const objects = await renderObjects(CHART_MATRIX.dev);
  assert.equal(operatorSettingsOf(objects).revision, '1.2.3');
  for (const object of objects.filter(({ kind }) => kind === 'Deployment' || kind === 'StatefulSet')) {
    const { metadata } = (object['spec'] as { readonly template: { readonly metadata: Json } }).template;
    assert.ok(!JSON.stringify(metadata).includes('helm.sh/chart'), `${object.metadata.name}: would restart at every upgrade`);
  }
});

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
