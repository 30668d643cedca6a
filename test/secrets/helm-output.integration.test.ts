/**
 * No secret stands in what helm prints or keeps of a release. A real API server holds the Secrets of an installation, so that a template which looks
 * one up would print it.
 */
import assert from 'node:assert/strict';
import { appendFileSync, cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { BUS_KEY_SECRETS } from '@flotilla/contracts/access/credential-secrets.ts';
import { CHART_CASE_NAMES, CHART_MATRIX } from '@flotilla/charts/testing/chart-matrix.ts';
import { chartTools } from '@flotilla/charts/testing/chart-tools.ts';
import { foreignKinds } from '@flotilla/charts/testing/foreign-kinds.ts';
import { type ChartCase, CHARTS_DIR } from '@flotilla/charts/testing/render-chart.ts';
import { type Cluster, KUBERNETES_TYPES, type KubeObject } from '@flotilla/kube/mod.ts';
import { startTestApiServer, type TestApiServer } from '@flotilla/kube/testing/api-server.ts';
import { tryProgram } from '@flotilla/local/processes/run-program.ts';
import { makeBusKeys } from '@flotilla/runtime/identity/bus-keys.ts';
import { systemRng } from '@flotilla/runtime/rng.ts';
import { eventually } from '@flotilla/runtime/testing/eventually.ts';
import { findBinary } from '@flotilla/runtime/testing/find-binary.ts';
import { findSecrets, type Place } from '../e2e/secret-scan.ts';

/** `helm template` asks no API server for its version. */
const KUBERNETES_VERSION = '1.36.3';
const KEYS = makeBusKeys(systemRng, Date.now());
interface KnownSecret {
  readonly name: string;
  readonly key: string;
  readonly text: string;
}
const PASSWORDS = ['flotilla-redis-operator', 'flotilla-redis-health', 'flotilla-nats-cluster'];
const SECRETS: readonly KnownSecret[] = [
  { ...BUS_KEY_SECRETS.root, text: KEYS.rootSeed },
  { ...BUS_KEY_SECRETS.server, text: JSON.stringify(KEYS.server) },
  { ...BUS_KEY_SECRETS.operator, text: JSON.stringify(KEYS.operator) },
  { ...BUS_KEY_SECRETS.callout, text: JSON.stringify(KEYS.callout) },
  ...PASSWORDS.map((name) => ({ name, key: 'password', text: Buffer.from(systemRng.bytes(24)).toString('hex') })),
];
const KNOWN = new Map(SECRETS.map(({ name, text }) => [name, Buffer.from(text)]));
/** What `helm get` gives of a release, beside the values that a person gave. */
const KEPT = ['manifest', 'notes', 'hooks'] as const;

const folder = mkdtempSync(join(tmpdir(), 'flotilla-helm-'));
let server: TestApiServer;
let cluster: Cluster;
let helm: string;

before(async () => {
  ({ helm } = await chartTools());
  server = await startTestApiServer();
  cluster = server.connect();
  const kinds = foreignKinds(['pod-monitor', 'service-monitor', 'prometheus-rule']);
  const apply = [findBinary('kubectl'), '--kubeconfig', server.kubeconfigPath, 'apply', '--server-side', '-f', '-'];
  assert.equal((await tryProgram(apply, { input: kinds })).code, 0);
  for (const name of CHART_MATRIX.full.values.tenants.namespaces)
    await cluster.create(KUBERNETES_TYPES.namespace, { apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
  await eventually('the kinds are served', () => cluster.raw({ method: 'GET', path: '/apis/monitoring.coreos.com/v1' }));
});
after(async () => {
  await server.stop();
  rmSync(folder, { recursive: true, force: true });
});

for (const name of CHART_CASE_NAMES) {
  test(`helm: prints and keeps no secret of the profile ${name}`, async () => {
    const places = await placesOf(CHART_MATRIX[name], `scan-${name}`, CHARTS_DIR);
    assert.equal(places.length, 2 + KEPT.length + 1);
    assert.ok(
      places.some(({ content }) => content.includes('apiVersion')),
      'the manifest is among the places',
    );
    assert.deepEqual(findSecrets(places, KNOWN), []);
  });
}

test('helm: the scan finds a secret that a template looks up or holds, in each place', async () => {
  const charts = join(folder, 'charts');
  cpSync(join(CHARTS_DIR, 'flotilla'), join(charts, 'flotilla'), { recursive: true });
  const templates = join(charts, 'flotilla/templates');
  const { name, key } = BUS_KEY_SECRETS.root;
  const leak = `{{ with lookup "v1" "Secret" .Release.Namespace "${name}" }}{{ index .data "${key}" }}{{ end }}`;
  const planted = makeBusKeys(systemRng, Date.now()).rootSeed;
  const configMap = (of: string, more = ''): string =>
    `apiVersion: v1\nkind: ConfigMap\nmetadata: { name: ${of}${more} }\ndata: { looked-up: '${leak}', held: '${planted}' }\n`;
  writeFileSync(join(templates, 'leak.yaml'), configMap('leak'));
  writeFileSync(join(templates, 'leaking-hook.yaml'), configMap('leaking-hook', ', annotations: { helm.sh/hook: pre-install }'));
  appendFileSync(join(templates, 'NOTES.txt'), `\n${leak}\n`);
  const found = findSecrets(await placesOf(CHART_MATRIX.dev, 'scan-planted', charts), KNOWN);
  const looked = `${name} in base64`;
  const seed = 'a seed of a key of the bus';
  assert.deepEqual(found, [
    `helm template: ${seed}`,
    `helm install: ${looked}`,
    `helm get manifest: ${looked}`,
    `helm get manifest: ${seed}`,
    `helm get notes: ${looked}`,
    `helm get hooks: ${looked}`,
    `helm get hooks: ${seed}`,
    `kept release: ${looked}`,
    `kept release: ${seed}`,
  ]);
});

async function placesOf(chartCase: ChartCase, namespace: string, charts: string): Promise<readonly Place[]> {
  await cluster.create(KUBERNETES_TYPES.namespace, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } });
  for (const { name, key, text } of SECRETS) {
    const metadata = { name, namespace };
    await cluster.create(KUBERNETES_TYPES.secret, { apiVersion: 'v1', kind: 'Secret', metadata, stringData: { [key]: text } });
  }
  const chart = join(charts, chartCase.chart ?? 'flotilla');
  const values = join(folder, `${namespace}.json`);
  writeFileSync(values, JSON.stringify(chartCase.values ?? {}));
  const files = [...(chartCase.valueFiles ?? []).map((file) => join(chart, file)), values].flatMap((file) => ['--values', file]);
  const given = ['release', chart, ...files];
  const run = async (what: string, args: readonly string[]): Promise<Place> => {
    const place = ['--namespace', namespace, '--kubeconfig', server.kubeconfigPath];
    const env = { ...process.env, HELM_CACHE_HOME: folder, HELM_CONFIG_HOME: folder, HELM_DATA_HOME: folder };
    const { code, stdout, stderr } = await tryProgram([helm, ...args, ...place], { env });
    assert.equal(code, 0, stderr);
    return { name: what, content: Buffer.from(`${stdout}${stderr}`) };
  };
  return [
    await run('helm template', ['template', '--kube-version', KUBERNETES_VERSION, ...given]),
    // The hooks are jobs, and no kubelet runs them here.
    await run('helm install', ['install', '--no-hooks', ...given]),
    ...(await Promise.all(KEPT.map((what) => run(`helm get ${what}`, ['get', what, 'release'])))),
    { name: 'kept release', content: await keptRelease(namespace) },
  ];
}

/** The Secret in which helm keeps a release: compressed, in base64, and in base64 again by Kubernetes. */
async function keptRelease(namespace: string): Promise<Buffer> {
  const secret = await cluster.get<KubeObject & { readonly data: { readonly release: string } }>(KUBERNETES_TYPES.secret, {
    namespace,
    name: 'sh.helm.release.v1.release.v1',
  });
  return gunzipSync(Buffer.from(Buffer.from(secret.data.release, 'base64').toString(), 'base64'));
}
