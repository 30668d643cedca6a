/** The limits story on a whole cluster: every check refuses an order, and a reduction passes; a second run gives the same result. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { DENIAL_CODES } from '@flotilla/contracts';
import { NOT_OF_AN_ORDER } from '@flotilla/examples/02-limits/scenarios.ts';
import { type LocalCluster, startLocalCluster } from './local-cluster.ts';

const root = join(import.meta.dirname, '../..');
/** The first denial takes a minute; no order causes the others. */
const LEFT_OUT: ReadonlySet<string> = new Set(['MARKET_PRICE_STALE', ...Object.keys(NOT_OF_AN_ORDER)]);
const RUN_MS_MAX = 240_000;
let cluster: LocalCluster;

before(async () => {
  cluster = await startLocalCluster(4);
});
after(() => cluster.stop());

for (const which of ['first', 'second']) {
  test(`examples/02-limits: shows a denial by every check that an order can meet, when it runs the ${which} time`, async () => {
    const { status, output } = await runDemo();
    assert.equal(status, 0, output);
    const checks = new Set([...output.matchAll(/^ {2}(\w+) {2}/gm)].map(([, check]) => check));
    assert.deepEqual(
      DENIAL_CODES.filter((code) => !LEFT_OUT.has(code) && !checks.has(code)),
      [],
      output,
    );
    assert.ok(checks.has('passes'), output);
    assert.equal(await cluster.kubectl('get', 'portfolios,strategies,killswitches', '-n', 'trading', '-o', 'name'), '');
  });
}

function runDemo(): Promise<{ readonly status: number | null; readonly output: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [join(root, 'examples/02-limits/demo.ts'), '--quick'], {
      cwd: root,
      env: { ...cluster.environment },
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: RUN_MS_MAX,
    });
    let output = '';
    const take = (text: string): void => void (output += text);
    child.stdout.setEncoding('utf8').on('data', take);
    child.stderr.setEncoding('utf8').on('data', take);
    child.once('error', reject);
    child.once('close', (status) => resolve({ status, output }));
  });
}
