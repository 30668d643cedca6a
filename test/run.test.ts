/** Runs the runner of suites in a small checkout of its own. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, test } from 'node:test';

const RUNNER = ['run.ts', 'suites.ts', 'failure-reporter.ts', 'checkout/checkout-state.ts', 'hygiene/list-sources.ts'] as const;

const root = mkdtempSync(join(tmpdir(), 'flotilla-run-'));
after(() => rmSync(root, { recursive: true }));

/** Runs the unit suite of a checkout whose only test runs `statement`. */
function runSuite(name: string, statement: string): { readonly status: number | null; readonly stderr: string } {
  const checkout = join(root, name);
  for (const file of RUNNER) cpSync(join(import.meta.dirname, file), join(checkout, 'test', file));
  const only = join(checkout, 'contracts', 'only.test.ts');
  mkdirSync(dirname(only), { recursive: true });
  writeFileSync(join(checkout, 'package.json'), '{ "type": "module" }');
  writeFileSync(
    only,
    `import { writeFileSync } from 'node:fs';\nimport { test } from 'node:test';\ntest('only', () => { ${statement} });\n`,
  );
  const git = (...words: readonly string[]) => assert.equal(spawnSync('git', words, { cwd: checkout }).status, 0, words.join(' '));
  git('init', '-q');
  git('add', '.');
  git('-c', 'user.name=t', '-c', 'user.email=t@example.com', 'commit', '-qm', 'first');
  // Without this variable of the running test, the inner runner prints its own reports.
  const { NODE_TEST_CONTEXT: _context, ...env } = process.env;
  return spawnSync(process.execPath, ['test/run.ts', 'unit'], { cwd: checkout, env, encoding: 'utf8' });
}

test('run: fails and names the file, when a test that passes changes the checkout', () => {
  const { status, stderr } = runSuite('dirty', `writeFileSync('left', 'one');`);
  assert.match(stderr, /the suites changed the checkout: .*\n\?\? left/);
  assert.equal(status, 1);
});

test('run: passes, when the tests leave the checkout as it was', () => {
  const { status, stderr } = runSuite('clean', 'void writeFileSync;');
  assert.deepEqual([status, stderr], [0, '']);
});
