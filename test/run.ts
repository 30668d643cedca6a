/**
 * Runs test suites one after the other: `node test/run.ts unit integration [--only <part of a path>]`.
 *
 * Exits 1 when a suite fails, when it has no file (an empty suite proves nothing), or when a suite changed the checkout.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { checkoutChanges, readCheckoutState } from './checkout/checkout-state.ts';
import { listSources } from './hygiene/list-sources.ts';
import { filesOf, isSuite, SUITES, type Suite } from './suites.ts';

const root = join(import.meta.dirname, '..');
const scratch = mkdtempSync(join(tmpdir(), 'flotilla-test-'));
const failuresPath = (suite: Suite): string => join(scratch, `${suite}.txt`);

function run(suite: Suite, only: string): boolean {
  const files = filesOf(suite, listSources(root)).filter((path) => path.includes(only));
  if (files.length === 0) {
    console.error(`${suite}: expected at least one *${SUITES[suite].ending}${only === '' ? '' : ` with ${only} in its path`}, found none`);
    return false;
  }
  const { concurrency, timeoutMs } = SUITES[suite];
  console.log(`\n── ${suite}: ${files.length} files, ${concurrency} at a time`);
  const startedMs = Date.now();
  const reporter = suite === 'unit' ? 'dot' : 'spec';
  const { status } = spawnSync(
    process.execPath,
    [
      '--test',
      '--test-force-exit',
      `--test-concurrency=${concurrency}`,
      `--test-timeout=${timeoutMs}`,
      `--test-reporter=${reporter}`,
      '--test-reporter-destination=stdout',
      `--test-reporter=${join(import.meta.dirname, 'failure-reporter.ts')}`,
      `--test-reporter-destination=${failuresPath(suite)}`,
      ...files,
    ],
    { cwd: root, stdio: 'inherit' },
  );
  const passed = status === 0;
  console.log(`── ${suite}: ${passed ? 'passed' : 'FAILED'} in ${((Date.now() - startedMs) / 1000).toFixed(1)} s`);
  return passed;
}

const words = process.argv.slice(2);
const at = words.indexOf('--only');
const only = at === -1 ? '' : (words[at + 1] ?? '');
const names = at === -1 ? words : words.slice(0, at);
const unknown = names.find((name) => !isSuite(name));
if (names.length === 0 || unknown !== undefined) {
  console.error(`expected suites among ${Object.keys(SUITES).join(', ')}, found ${unknown ?? 'none'}`);
  process.exit(2);
}
const checkoutBefore = readCheckoutState(root);
const failed = names.filter(isSuite).filter((suite) => !run(suite, only));
// Failures are printed again at the end, because the reports of passed suites follow the first print.
const failures = failed.map((suite) => (existsSync(failuresPath(suite)) ? readFileSync(failuresPath(suite), 'utf8') : ''));
rmSync(scratch, { recursive: true });
const changes = checkoutChanges(checkoutBefore, readCheckoutState(root));
if (changes.length > 0) {
  console.error(`\nthe suites changed the checkout: expected the same git status as before, found\n${changes.join('\n')}`);
  process.exitCode = 1;
}
if (failed.length > 0) {
  console.error(`\n${failures.join('')}`);
  console.error(`\nfailed: ${failed.join(', ')}. Run one again: node test/run.ts ${failed[0]} --only <part of a path>`);
  process.exit(1);
}
