/** values.yaml, its schema and the value files agree, and helm's linter has nothing to say. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { parse } from 'yaml';
import { CHART_CASE_NAMES, CHART_MATRIX } from './testing/chart-matrix.ts';
import { openObjects } from './testing/open-objects.ts';
import { CHARTS_DIR, runHelm } from './testing/render-chart.ts';
import { type ValuesSchema, flattenSchema } from './values-table.ts';

const chart = join(CHARTS_DIR, 'flotilla');
const schema = JSON.parse(readFileSync(join(chart, 'values.schema.json'), 'utf8')) as ValuesSchema;
const values = parse(readFileSync(join(chart, 'values.yaml'), 'utf8')) as Readonly<Record<string, unknown>>;

for (const name of CHART_CASE_NAMES) {
  test(`helm lint --strict: has nothing to say about ${name}`, async () => {
    const { code, stdout, stderr } = await runHelm(['lint', '--strict', '--kube-version', '1.36.3'], CHART_MATRIX[name]);
    assert.equal(code, 0, stdout + stderr);
    assert.doesNotMatch(stdout, /\[(ERROR|WARNING)\]/);
  });
}

test('values.schema.json: leaves no object open but those whose keys are the user’s own', () => {
  const monitoring = ['monitoring.labels', 'monitoring.dashboards.labels', 'monitoring.dashboards.annotations'];
  assert.deepEqual(openObjects(schema), [
    'global',
    'tenants.matchLabels',
    'networkPolicies.dns.to[]',
    'networkPolicies.hostPeers',
    'networkPolicies.busClients[]',
    ...monitoring,
    'definitions.nodeSelector',
    'definitions.podMetadata',
    // Kubernetes' own shapes: the API server checks them, and the operator those of workloads.podTemplate.
    'definitions.affinity.nodeAffinity',
    'definitions.affinity.podAffinity',
    'definitions.affinity.podAntiAffinity',
    'definitions.topologySpreadConstraints[]',
  ]);
});

test('values.schema.json: describes every value', () => {
  const silent = flattenSchema(schema).filter(({ description }) => description === '');
  assert.deepEqual(silent, []);
});

test('values.yaml: has every value of the schema, and no other', () => {
  const known = flattenSchema(schema).map(({ path }) => path);
  const missing = known.filter((path) => path !== 'global' && valueAt(path) === undefined && !/\.resources\./.test(path));
  assert.deepEqual(missing, []);
});

test('README of the chart: has the table of values', () => {
  assert.match(readFileSync(join(chart, 'README.md'), 'utf8'), /\| `nats\.syncInterval` \| `always` \|/);
});

function valueAt(path: string): unknown {
  return path.split('.').reduce<unknown>((value, key) => (value as Readonly<Record<string, unknown>> | undefined)?.[key], values);
}
