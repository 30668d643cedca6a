/** The pods that the operator makes, with the settings that the chart gives it, under the strictest Pod Security Standard. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { planAuditWriter } from '@flotilla/operator/audit-writer/plan.ts';
import { type Cluster, type Intent, type KubeManifest, KUBERNETES_TYPES } from '@flotilla/kube/mod.ts';
import { startTestApiServer, type TestApiServer } from '@flotilla/kube/testing/api-server.ts';
import { planExecWorkload } from '@flotilla/operator/portfolio/plan.ts';
import { planGateway } from '@flotilla/operator/signal-source/plan.ts';
import { portfolio } from '@flotilla/operator/testing/objects.ts';
import { deploymentManifest } from '@flotilla/operator/workload/deployment.ts';
import { CHART_MATRIX } from './testing/chart-matrix.ts';
import { operatorSettingsOf } from './testing/operator-settings.ts';
import { renderObjects } from './testing/render-chart.ts';

interface Template {
  readonly metadata: object;
  readonly spec: Readonly<Record<string, unknown>> & { readonly containers: readonly Readonly<Record<string, unknown>>[] };
}

const NAMESPACE = 'trading';
let server: TestApiServer;
let cluster: Cluster;

before(async () => {
  server = await startTestApiServer();
  cluster = server.connect();
  const labels = { 'pod-security.kubernetes.io/enforce': 'restricted' };
  await cluster.create(KUBERNETES_TYPES.namespace, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: NAMESPACE, labels } });
});
after(() => server.stop());

async function podTemplates(): Promise<readonly Template[]> {
  const settings = operatorSettingsOf(await renderObjects(CHART_MATRIX.dev));
  const agent = deploymentManifest({
    belonging: { component: 'agent', instance: 'btc-agent', portfolio: 'main', strategy: 'btc' },
    namespace: NAMESPACE,
    image: settings.image,
    pods: settings.pods,
    entryPoint: 'agents/main.ts',
    port: 8_002,
    replicas: 1,
    strategy: 'Recreate',
    environment: [],
    terminationGraceSeconds: 25,
    owner: undefined,
  });
  const intents: readonly Intent[] = [...planExecWorkload(portfolio, settings), ...planGateway([], settings), ...planAuditWriter(settings)];
  const made = intents.flatMap((intent) => ('manifest' in intent && intent.manifest.kind === 'Deployment' ? [intent.manifest] : []));
  return [...made, agent].map(({ spec }) => (spec as { readonly template: Template }).template);
}

async function createPod({ metadata, spec }: Template): Promise<void> {
  // Classes are made by the chart, which is rendered here and not installed.
  const { priorityClassName: _, ...rest } = spec;
  const pod: KubeManifest = { apiVersion: 'v1', kind: 'Pod', metadata: { ...metadata, name: 'pod', namespace: NAMESPACE }, spec: rest };
  await cluster.create(KUBERNETES_TYPES.pod, pod, { dryRun: true });
}

test('Pod Security "restricted": takes exec, gateway, audit and agents', async () => {
  const templates = await podTemplates();
  assert.equal(templates.length, 4);
  for (const template of templates) {
    await createPod(template);
    assert.equal(template.spec['automountServiceAccountToken'], false);
    assert.notEqual(template.spec['priorityClassName'], undefined);
    for (const { securityContext } of template.spec.containers)
      assert.match(JSON.stringify(securityContext), /"readOnlyRootFilesystem":true/);
  }
});

test('Pod Security "restricted": refuses the same pod when it may gain privileges', async () => {
  const [template] = await podTemplates();
  assert.ok(template !== undefined);
  const containers = template.spec.containers.map((container) => ({ ...container, securityContext: {} }));
  await assert.rejects(createPod({ ...template, spec: { ...template.spec, containers } }), /violates PodSecurity "restricted:latest"/);
});
