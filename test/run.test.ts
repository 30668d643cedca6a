/** Runs the runner of suites in a small checkout of its own. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, test } from 'node:test';
import { SUITES, type Suite } from './suites.ts';

const RUNNER = [
  'run.ts',
  'suites.ts',
  'failed-files.ts',
  'failure-reporter.ts',
  'checkout/checkout-state.ts',
  'hygiene/list-sources.ts',
] as const;

const root = mkdtempSync(join(tmpdir(), 'flotilla-run-'));
after(() => rmSync(root, { recursive: true }));

interface Ended {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs `suite` of a checkout whose only test runs `statement`. */
function runSuite(name: string, statement: string, suite: Suite = 'unit', settings: Readonly<Record<string, string>> = {}): Ended {
  const checkout = join(root, name);
  for (const file of RUNNER) cpSync(join(import.meta.dirname, file), join(checkout, 'test', file));
  const only = join(checkout, 'contracts', `only${SUITES[suite].ending}`);
  mkdirSync(dirname(only), { recursive: true });
  writeFileSync(join(checkout, 'package.json'), '{ "type": "module" }');
  writeFileSync(
    only,
    `import { existsSync, writeFileSync } from 'node:fs';\nimport { test } from 'node:test';\ntest('only', () => { ${statement} });\n`,
  );
  const git = (...words: readonly string[]) => assert.equal(spawnSync('git', words, { cwd: checkout }).status, 0, words.join(' '));
  git('init', '-q');
  git('add', '.');
  git('-c', 'user.name=t', '-c', 'user.email=t@example.com', 'commit', '-qm', 'first');
  // Without this variable of the running test, the inner runner prints its own reports.
  const { NODE_TEST_CONTEXT: _context, FLOTILLA_TEST_SECOND_RUN: _secondRun, ...env } = process.env;
  return spawnSync(process.execPath, ['test/run.ts', suite], { cwd: checkout, env: { ...env, ...settings }, encoding: 'utf8' });
}

test('run: fails and names the file, when a test that passes changes the checkout', () => {
  const { status, stderr } = runSuite('dirty', `writeFileSync('left', 'one');`);
  assert.match(stderr, /the suites changed the checkout: .*\n\?\? left/);
  assert.equal(status, 1);
});

test('run: passes, when the tests leave the checkout as it was', () => {
  const { status, stderr } = runSuite('clean', 'void [existsSync, writeFileSync];');
  assert.deepEqual([status, stderr], [0, '']);
});

const SECOND_RUN = { FLOTILLA_TEST_SECOND_RUN: '1' };

for (const suite of ['unit', 'integration'] as const) {
  test(`run: fails the ${suite} suite and names the test with its reason, in a second run too`, () => {
    const { status, stderr } = runSuite(`always-${suite}`, `existsSync(); throw new Error('no luck');`, suite, SECOND_RUN);
    assert.equal(status, 1);
    assert.match(stderr, new RegExp(`✖ contracts/only\\${SUITES[suite].ending}: only\n.*no luck`));
  });

  const failsOnce = (left: string) =>
    `const seen = existsSync('${left}'); writeFileSync('${left}', ''); if (!seen) throw new Error('once');`;

  test(`run: names an unstable file of the ${suite} suite that passes in the second run, and passes`, () => {
    const { status, stdout, stderr } = runSuite(`once-${suite}`, failsOnce(join(root, `left-${suite}`)), suite, SECOND_RUN);
    assert.deepEqual([status, stderr], [0, '']);
    assert.match(stdout, new RegExp(`UNSTABLE, passed in the second run alone: contracts/only\\${SUITES[suite].ending}\n`));
    assert.match(stdout, /once/);
  });
}

test('run: makes no second run without the setting', () => {
  assert.equal(runSuite('single', `existsSync(); throw new Error('no luck');`).status, 1);
  const { status, stdout } = runSuite(
    'single-once',
    `if (!existsSync('${join(root, 'left')}')) { writeFileSync('${join(root, 'left')}', ''); throw new Error('once'); }`,
  );
  assert.equal(status, 1);
  assert.doesNotMatch(stdout, /second run/);
});
