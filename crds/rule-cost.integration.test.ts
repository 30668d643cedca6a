/** Checks the cost of our CEL rules with the API server's own code, and compares that code with a real API server. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import { ensureBinaries } from '@flotilla/local/binaries/ensure-binaries.ts';
import { parseSettings } from '@flotilla/local/settings/settings.ts';
import { type KubeManifest, KUBERNETES_TYPES } from '@flotilla/kube/mod.ts';
import { startTestApiServer } from '@flotilla/kube/testing/api-server.ts';
import { systemClock } from '@flotilla/runtime/clock.ts';
import { stringify } from 'yaml';
import { CRD_COST_MAX, describeRuleCosts, expensiveRules, parseRuleCosts, type RuleCost } from './rule-cost.ts';

const run = promisify(execFile);
const GENERATED = join(import.meta.dirname, 'generated');
let program: string;
let folder: string;

before(async () => {
  const settings = parseSettings(process.env, join(import.meta.dirname, '..'));
  const programs = await ensureBinaries(['crd-cost'], { settings, clock: systemClock, log: console.error, env: process.env });
  program = programs['crd-cost'] ?? assert.fail('crd-cost was built');
  folder = mkdtempSync(join(tmpdir(), 'flotilla-crd-cost-'));
});
after(() => rmSync(folder, { recursive: true, force: true }));

async function costsOf(...files: readonly string[]): Promise<readonly RuleCost[]> {
  return parseRuleCosts((await run(program, [...files], { maxBuffer: 16 * 1024 * 1024 })).stdout);
}

test('CRDs: every CEL rule and message is below a tenth of its limit, and all of one CRD below a tenth of theirs', async (t) => {
  const costs = await costsOf(...readdirSync(GENERATED).map((name) => join(GENERATED, name)));
  t.diagnostic(describeRuleCosts(costs, 3));
  assert.deepEqual(expensiveRules(costs), []);
  const crds = new Set(costs.map(({ crd }) => crd));
  assert.equal(crds.size, readdirSync(GENERATED).length, 'every CRD has rules');
  for (const crd of crds) {
    const total = costs.filter((one) => one.crd === crd).reduce((sum, { cost }) => sum + cost, 0);
    assert.ok(total < CRD_COST_MAX / 10, `${crd}: ${total}`);
  }
});

test('expensiveRules: names a rule over text without a bound, so that this gate can fail', async () => {
  const [cost] = await costsOf(write('unbounded', {}));
  assert.deepEqual(expensiveRules([cost ?? assert.fail('a cost')]), [cost]);
});

test('crd-cost: is what the API server goes by: it takes the last bound below the limit and refuses the next', async () => {
  // A rule on each item: its cost grows with the items alone.
  const one = await costsOf(write('one', { maxLength: 32, maxItems: 1 }));
  const { cost: perItem, costLimit } = one[0] ?? assert.fail('a cost');
  const itemsMax = Math.floor(costLimit / perItem);
  const server = await startTestApiServer();
  try {
    const cluster = server.connect();
    const apply = (name: string, maxItems: number): Promise<unknown> =>
      cluster.create(KUBERNETES_TYPES.customResourceDefinition, definition(name, { maxLength: 32, maxItems }));
    await apply('fitting', itemsMax);
    await assert.rejects(apply('exceeding', itemsMax + 1), /estimated rule cost exceeds budget/);
  } finally {
    await server.stop();
  }
});

interface Bounds {
  readonly maxLength?: number;
  readonly maxItems?: number;
}

function write(name: string, bounds: Bounds): string {
  const file = join(folder, `${name}.yaml`);
  writeFileSync(file, stringify(definition(name, bounds)));
  return file;
}

/** A CRD with one rule, on each item of a list of texts. */
function definition(name: string, { maxLength, maxItems }: Bounds): KubeManifest {
  const item = {
    type: 'string',
    ...(maxLength === undefined ? {} : { maxLength }),
    'x-kubernetes-validations': [{ rule: "self.replace('.', '').matches('^0*[0-9]{1,15}$')", message: 'digits' }],
  };
  const list = { type: 'array', items: item, ...(maxItems === undefined ? {} : { maxItems }) };
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${name}.cost.example.com` },
    spec: {
      group: 'cost.example.com',
      scope: 'Namespaced',
      names: { kind: name.charAt(0).toUpperCase() + name.slice(1), plural: name, singular: name },
      versions: [
        {
          name: 'v1',
          served: true,
          storage: true,
          schema: { openAPIV3Schema: { type: 'object', properties: { spec: { type: 'object', properties: { list } } } } },
        },
      ],
    },
  };
}
