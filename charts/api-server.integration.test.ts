/** Every rendered object before a real API server, and before kubeconform with that server's own schemas. */
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { AUDIT_KEY_SECRET, BUS_KEY_SECRETS, GATEWAY_STORE_SECRET } from '@flotilla/contracts/access/credential-secrets.ts';
import { gatewaySecret } from '@flotilla/operator/store/gateway-secret.ts';
import { type ProgramOutcome, tryProgram } from '@flotilla/local/processes/run-program.ts';
import { type Cluster, KUBERNETES_TYPES } from '@flotilla/kube/mod.ts';
import { startTestApiServer, type TestApiServer } from '@flotilla/kube/testing/api-server.ts';
import { eventually } from '@flotilla/runtime/testing/eventually.ts';
import { findBinary } from '@flotilla/runtime/testing/find-binary.ts';
import { CHART_CASE_NAMES, CHART_MATRIX } from './testing/chart-matrix.ts';
import { chartTools } from './testing/chart-tools.ts';
import { foreignKinds } from './testing/foreign-kinds.ts';
import { writeJsonSchemas } from './testing/json-schemas.ts';
import { CHARTS_DIR, parseObjects, renderChart, renderObjects, type RenderedObject, runHelm } from './testing/render-chart.ts';

const folder = mkdtempSync(join(tmpdir(), 'flotilla-charts-'));
const NAMESPACES = ['trading', 'desk-7'] as const;
let server: TestApiServer;
let cluster: Cluster;
let schemaLocation: string;

before(async () => {
  server = await startTestApiServer();
  cluster = server.connect();
  for (const name of [...NAMESPACES, ...CHART_MATRIX.full.values.tenants.namespaces]) {
    // Warns and refuses what the strictest of the Pod Security Standards does not allow.
    const labels = { 'pod-security.kubernetes.io/enforce': 'restricted' };
    await cluster.create(KUBERNETES_TYPES.namespace, { apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels } });
  }
  const applied = await kubectl(['apply', '--server-side', '-f', '-'], await renderChart(CHART_MATRIX.kinds));
  assert.equal(applied.code, 0, applied.stderr);
  const monitoring = await kubectl(
    ['apply', '--server-side', '-f', '-'],
    foreignKinds(['pod-monitor', 'service-monitor', 'prometheus-rule']),
  );
  assert.equal(monitoring.code, 0, monitoring.stderr);
  await eventually('the kinds are served, and described', async () => {
    for (const group of ['flotilla.dev/v1alpha1', 'monitoring.coreos.com/v1']) {
      await cluster.raw({ method: 'GET', path: `/openapi/v3/apis/${group}` });
    }
    return true;
  });
  schemaLocation = await writeJsonSchemas(cluster, join(folder, 'schemas'));
});
after(async () => {
  await server.stop();
  rmSync(folder, { recursive: true, force: true });
});

for (const name of CHART_CASE_NAMES) {
  test(`kubeconform -strict: takes every object of ${name}`, async () => {
    const text = await renderChart(CHART_MATRIX[name]);
    const { code, stdout } = await kubeconform(text);
    assert.equal(code, 0, stdout);
    assert.match(stdout, new RegExp(`Valid: ${parseObjects(text).length}, Invalid: 0, Errors: 0, Skipped: 0`));
  });

  test(`API server: takes every object of ${name}, without a warning`, async () => {
    const text = await renderChart(CHART_MATRIX[name]);
    const { code, stdout, stderr } = await kubectl(['apply', '--server-side', '--dry-run=server', '--validate=strict', '-f', '-'], text);
    assert.equal(code, 0, stderr);
    assert.equal(stderr, '');
    assert.equal(stdout.trim().split('\n').length, parseObjects(text).length);
  });

  test(`Pod Security "restricted": takes every pod of ${name}`, async () => {
    for (const pod of (await renderObjects(CHART_MATRIX[name])).flatMap(podOf)) {
      // Priority classes are rendered, not created.
      const { priorityClassName: _, ...spec } = pod['spec'] as Readonly<Record<string, unknown>>;
      await cluster.create(KUBERNETES_TYPES.pod, { ...pod, spec }, { dryRun: true });
    }
  });
}

test('kubeconform -strict: refuses an unknown field, a wrong type and an unknown kind', async () => {
  const bad = [
    { apiVersion: 'v1', kind: 'Service', metadata: { name: 'x' }, spec: { prots: [] } },
    { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'x' }, spec: { replicas: 'two' } },
    { apiVersion: 'flotilla.dev/v1alpha1', kind: 'Strategy', metadata: { name: 'x' }, spec: { agent: { builtin: 'Momentum' } } },
    { apiVersion: 'example.dev/v1', kind: 'Nothing', metadata: { name: 'x' } },
  ];
  for (const object of bad) {
    const { code, stdout } = await kubeconform(JSON.stringify(object));
    assert.notEqual(code, 0, stdout);
  }
});

for (const example of ['01-first-fill/fleet.yaml', '01-first-fill/kill-switch.yaml', '02-limits/fleet.yaml']) {
  test(`kubeconform -strict: takes examples/${example}`, async () => {
    const { code, stdout } = await kubeconform(readFileSync(join(CHARTS_DIR, '..', 'examples', example), 'utf8'));
    assert.equal(code, 0, stdout);
  });
}

test('helm install: says what was installed, how to see it and how to stop everything', async () => {
  const command = ['install', '--dry-run=server', '--kubeconfig', server.kubeconfigPath];
  const { code, stdout, stderr } = await runHelm(command, CHART_MATRIX.durable);
  assert.equal(code, 0, stderr);
  const notes = stdout.slice(stdout.indexOf('NOTES:'));
  assert.match(notes, /Flotilla 1\.2\.3 is installed in the namespace trading, profile durable\./);
  assert.match(notes, /bus {7}3 servers, 3 copies of each stream, sync_interval always/);
  assert.match(notes, /callout {3}2 pods: admits the other pods to the bus/);
  assert.match(notes, /Keep a copy of the bus' keys outside the cluster\./);
  assert.match(notes, /kind: KillSwitch/);
  assert.doesNotMatch(notes, /NOT installed|This is for trying|Your bus/);
  const external = await runHelm(command, CHART_MATRIX.external);
  assert.match(
    external.stdout,
    /Your bus has to trust the keys of this installation\..*\n\n.*get secret flotilla-bus-server -o jsonpath='\{\.data\.identity\\\.conf\}'/,
  );
  assert.match((await runHelm(command, { values: CHART_MATRIX.dev.values })).stdout, /This is for trying things/);
});

test('apply: a second time changes nothing', async () => {
  const text = await renderChart(CHART_MATRIX.durable);
  const apply = (): Promise<ProgramOutcome> =>
    kubectl(['apply', '--server-side', '-f', '-', '-o', 'jsonpath={.metadata.name}={.metadata.resourceVersion}{"\\n"}'], text);
  const first = await apply();
  assert.equal(first.code, 0, first.stderr);
  assert.equal((await apply()).stdout, first.stdout);
  const { code, stdout } = await kubectl(['diff', '--server-side', '-f', '-'], text);
  assert.equal(code, 0, stdout);
});

test('helm install: takes a second release in another namespace, and no cluster-wide object of the two has the same name', async () => {
  const [first, second] = await Promise.all(
    NAMESPACES.map((namespace) => renderObjects({ ...CHART_MATRIX.durable, namespace, release: 'flotilla' })),
  );
  const clusterWide = (objects: readonly RenderedObject[] = []): readonly string[] =>
    objects.filter(({ metadata }) => metadata.namespace === undefined).map(({ kind, metadata }) => `${kind} ${metadata.name}`);
  assert.ok(clusterWide(first).length > 0);
  assert.deepEqual(
    clusterWide(first).filter((name) => clusterWide(second).includes(name)),
    [],
  );
  const operator = first?.find(({ kind }) => kind === 'Deployment');
  assert.equal((await kubectl(['apply', '--server-side', '-f', '-'], JSON.stringify(operator))).code, 0);
  const command = ['upgrade', '--install', '--dry-run=server', '--kubeconfig', server.kubeconfigPath];
  const { code, stderr } = await runHelm(command, { ...CHART_MATRIX.durable, namespace: 'desk-7' });
  assert.equal(code, 0, stderr);
});

test('helm install: takes the addresses of the API server from the cluster, in the profile dev', async () => {
  const slice = {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: { name: 'other-kubernetes', namespace: 'default', labels: { 'kubernetes.io/service-name': 'kubernetes' } },
    addressType: 'IPv4',
    endpoints: [{ addresses: ['172.18.0.3'] }, { addresses: ['172.18.0.2'] }],
    ports: [{ name: 'https', port: 6443, protocol: 'TCP' }],
  };
  assert.equal((await kubectl(['apply', '--server-side', '-f', '-'], JSON.stringify(slice))).code, 0);
  await eventually('the API server made its Service', () =>
    cluster.find(KUBERNETES_TYPES.service, { name: 'kubernetes', namespace: 'default' }),
  );
  const command = ['template', '--dry-run=server', '--kube-version', '1.36.3', '--kubeconfig', server.kubeconfigPath];
  const { code, stdout, stderr } = await runHelm(command, {});
  assert.equal(code, 0, stderr);
  const policies = parseObjects(stdout).filter(({ kind }) => kind === 'NetworkPolicy');
  for (const name of ['flotilla-operator', 'flotilla-credentials', 'flotilla-uninstall']) {
    const text = JSON.stringify(policies.find(({ metadata }) => metadata.name === name)?.['spec']);
    assert.match(
      text,
      /"to":\[\{"ipBlock":\{"cidr":"172\.18\.0\.2\/32"\}\},\{"ipBlock":\{"cidr":"172\.18\.0\.3\/32"\}\}\],"ports":\[\{"protocol":"TCP","port":6443\}\]/,
    );
    // Some engines judge a connection before the Service's address is translated.
    assert.match(text, /"to":\[\{"ipBlock":\{"cidr":"[0-9.]+\/32"\}\}\],"ports":\[\{"protocol":"TCP","port":443\}\]/);
  }
  const durable = await runHelm(command, { valueFiles: ['values-durable.yaml'] });
  assert.match(durable.stderr, /networkPolicies\.apiServer\.cidrs: profile durable expects addresses of the API server, found none/);
});

test('API priority: the operator’s requests, also for its Lease, go by its own level', async () => {
  const text = await renderChart(CHART_MATRIX.durable);
  assert.equal((await kubectl(['apply', '--server-side', '-f', '-'], text)).code, 0);
  const name = 'flotilla-operator-trading';
  const uid = (await kubectl(['get', 'flowschema', name, '-o', 'jsonpath={.metadata.uid}'], '')).stdout;
  assert.match(uid, /^[0-9a-f-]{36}$/);
  const schemaOf = async (user: string, path: string): Promise<string> => {
    const { stderr } = await kubectl(['get', '--raw', path, `--as=${user}`, '--as-group=system:serviceaccounts', '-v=8'], '');
    return /X-Kubernetes-Pf-Flowschema-Uid: (\S+)/i.exec(stderr)?.[1] ?? '';
  };
  const operator = 'system:serviceaccount:trading:flotilla-operator';
  for (const path of ['/api/v1/namespaces/trading/secrets', '/apis/coordination.k8s.io/v1/namespaces/trading/leases/flotilla-operator']) {
    await eventually(`${path} is told apart`, async () => (await schemaOf(operator, path)) === uid);
    assert.notEqual(await schemaOf('system:serviceaccount:trading:flotilla-nats', path), uid);
  }
});

test('operator: reads no Secret, neither by name nor in a list, and creates the keys of agents', async () => {
  assert.equal((await kubectl(['apply', '--server-side', '-f', '-'], await renderChart(CHART_MATRIX.durable))).code, 0);
  const as = ['-n', 'trading', '--as=system:serviceaccount:trading:flotilla-operator', '--as-group=system:serviceaccounts'];
  const names = [AUDIT_KEY_SECRET.name, ...Object.values(BUS_KEY_SECRETS).map(({ name }) => name), 'btc-agent-key-uid'];
  for (const name of names) {
    const made = await kubectl(['-n', 'trading', 'create', 'secret', 'generic', name, '--from-literal=key=x'], '');
    assert.equal(made.code, 0, made.stderr);
    await assertForbidden(`get secret ${name}`, [...as, 'get', 'secret', name]);
    await assertForbidden(`watch secret ${name}`, [
      ...as,
      'get',
      '--raw',
      `/api/v1/namespaces/trading/secrets?watch=1&fieldSelector=metadata.name=${name}`,
    ]);
    await assertForbidden(`delete secret ${name}`, [...as, 'delete', 'secret', name]);
    await assertForbidden(`patch secret ${name}`, [...as, 'patch', 'secret', name, '-p', '{"data":{}}']);
  }
  for (const where of [
    ['get', 'secrets'],
    ['get', 'secrets', '--all-namespaces'],
    ['get', '--raw', '/api/v1/namespaces/trading/secrets?watch=1'],
  ])
    await assertForbidden(where.join(' '), [...as, ...where]);
  const created = await kubectl([...as, 'create', 'secret', 'generic', 'eth-agent-key-uid', '--from-literal=key=x'], '');
  assert.equal(created.code, 0, created.stderr);
});

test('operator: asks what the ServiceAccount of a pod may do, which the ServiceAccount itself may not', async () => {
  assert.equal((await kubectl(['apply', '--server-side', '-f', '-'], await renderChart(CHART_MATRIX.durable))).code, 0);
  const spec = {
    user: 'system:serviceaccount:trading:btc-agent',
    resourceAttributes: { verb: 'get', resource: 'secrets', namespace: 'trading' },
  };
  const review = JSON.stringify({ apiVersion: 'authorization.k8s.io/v1', kind: 'SubjectAccessReview', spec });
  const ask = (name: string): Promise<ProgramOutcome> =>
    kubectl(
      ['create', '--raw', '/apis/authorization.k8s.io/v1/subjectaccessreviews', '-f', '-', `--as=system:serviceaccount:trading:${name}`],
      review,
    );
  await eventually('the authorizer knows the rights of the operator', async () => {
    const { code, stdout, stderr } = await ask('flotilla-operator');
    assert.equal(code, 0, stderr);
    assert.match(stdout, /"allowed":false/);
    return true;
  });
  assert.match((await ask('flotilla-gateway')).stderr, /forbidden/);
});

test('operator: applies the login of the gateway at the store, also again, and does not read it', async () => {
  assert.equal((await kubectl(['apply', '--server-side', '-f', '-'], await renderChart(CHART_MATRIX.durable))).code, 0);
  const as = ['-n', 'trading', '--as=system:serviceaccount:trading:flotilla-operator', '--as-group=system:serviceaccounts'];
  for (const password of ['first', 'second']) {
    const secret = JSON.stringify(gatewaySecret('trading', { user: 'gateway', password }));
    const applied = await kubectl([...as, 'apply', '--server-side', '--force-conflicts', '-f', '-'], secret);
    assert.equal(applied.code, 0, applied.stderr);
  }
  await assertForbidden('get the login', [...as, 'get', 'secret', GATEWAY_STORE_SECRET]);
});

async function assertForbidden(what: string, args: readonly string[]): Promise<void> {
  const { code, stderr } = await kubectl(args, '');
  assert.notEqual(code, 0, `${what}: expected a refusal`);
  assert.match(stderr, /\(Forbidden\)|is forbidden/, what);
}

function podOf({ kind, metadata, spec }: RenderedObject): readonly RenderedObject[] {
  if (kind !== 'Deployment' && kind !== 'StatefulSet' && kind !== 'Job') return [];
  const { template } = spec as {
    readonly template: { readonly metadata: object; readonly spec: { readonly volumes?: readonly object[] } };
  };
  const claimed = kind === 'StatefulSet' ? [{ name: 'data', emptyDir: {} }] : [];
  const volumes = [...(template.spec.volumes ?? []).filter((volume) => !('name' in volume && volume.name === 'data')), ...claimed];
  const place = { name: metadata.name, namespace: metadata.namespace ?? '' };
  return [{ apiVersion: 'v1', kind: 'Pod', metadata: { ...template.metadata, ...place }, spec: { ...template.spec, volumes } }];
}

async function kubeconform(text: string): Promise<ProgramOutcome> {
  const tools = await chartTools();
  return tryProgram([tools.kubeconform, '-strict', '-summary', '-verbose', '-schema-location', schemaLocation, '-'], { input: text });
}

function kubectl(args: readonly string[], input: string): Promise<ProgramOutcome> {
  return tryProgram([findBinary('kubectl'), '--kubeconfig', server.kubeconfigPath, '--cache-dir', folder, ...args], { input });
}
