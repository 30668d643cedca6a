/** The charts over a matrix of values, compared with what was last looked at. `node charts/snapshots.integration.test.ts --update` stores anew. */
import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { CHART_CASE_NAMES, CHART_MATRIX } from './testing/chart-matrix.ts';
import { renderChart, parseObjects } from './testing/render-chart.ts';
import { snapshotOf, SNAPSHOTS_DIR } from './testing/snapshot.ts';

const update = process.argv.includes('--update');
const HOW = 'look at the difference; when it is meant: node charts/snapshots.integration.test.ts --update';

for (const name of CHART_CASE_NAMES) {
  test(`chart ${name}: renders as stored`, async () => {
    const path = join(SNAPSHOTS_DIR, `${name}.yaml`);
    const text = snapshotOf(parseObjects(await renderChart(CHART_MATRIX[name])));
    if (update) {
      mkdirSync(SNAPSHOTS_DIR, { recursive: true });
      writeFileSync(path, text);
    }
    assert.equal(text, readFileSync(path, 'utf8'), HOW);
  });

  test(`chart ${name}: renders the same each time, so that GitOps sees no difference`, async () => {
    assert.equal(await renderChart(CHART_MATRIX[name]), await renderChart(CHART_MATRIX[name]));
  });
}

test('snapshots: are of this matrix, each of them', () => {
  const names = new Set(CHART_CASE_NAMES.map((name) => `${name}.yaml`));
  const extra = readdirSync(SNAPSHOTS_DIR).filter((file) => !names.has(file as `${(typeof CHART_CASE_NAMES)[number]}.yaml`));
  if (update) for (const file of extra) rmSync(join(SNAPSHOTS_DIR, file));
  else assert.deepEqual(extra, []);
});
