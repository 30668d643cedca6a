/**
 * Runs test suites one after the other: `node test/run.ts unit integration [--only <part of a path>]`.
 *
 * Exits 1 when a suite fails, when it has no file (an empty suite proves nothing), or when a suite changed the checkout.
 *
 * `FLOTILLA_TEST_SECOND_RUN=1` runs the failed files of a suite once more, one at a time, when they are few. A file that passes then is named
 * as unstable, and does not fail the suite: ADR 0111 says why and when.
 */
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { checkoutChanges, readCheckoutState } from './checkout/checkout-state.ts';
import { failedFiles } from './failed-files.ts';
import { listSources } from './hygiene/list-sources.ts';
import { filesOf, isSuite, SUITES, type Suite } from './suites.ts';

/** With more failed files than these, the change is at fault and not a busy machine. */
const SECOND_RUN_FILES_MAX = 4;

const root = join(import.meta.dirname, '..');
const scratch = mkdtempSync(join(tmpdir(), 'flotilla-test-'));

/** What a run of test files came to. `failures` is the text of the failure reporter. */
interface Outcome {
  readonly passed: boolean;
  readonly failures: string;
}

let runs = 0;

/** Runs `files` in one runner of Node. */
async function runFiles(suite: Suite, files: readonly string[], concurrency: number): Promise<Outcome> {
  const { timeoutMs, processOfEachFile } = SUITES[suite];
  runs += 1;
  const failuresPath = join(scratch, `${runs}.txt`);
  const child = spawn(
    process.execPath,
    [
      '--test',
      '--test-force-exit',
      ...(processOfEachFile ? [`--test-concurrency=${concurrency}`] : ['--test-isolation=none']),
      `--test-timeout=${timeoutMs}`,
      `--test-reporter=${processOfEachFile ? 'spec' : 'dot'}`,
      '--test-reporter-destination=stdout',
      `--test-reporter=${join(import.meta.dirname, 'failure-reporter.ts')}`,
      `--test-reporter-destination=${failuresPath}`,
      ...files,
    ],
    { cwd: root, stdio: 'inherit' },
  );
  const status = await new Promise((resolve) => child.once('exit', resolve));
  return { passed: status === 0, failures: existsSync(failuresPath) ? readFileSync(failuresPath, 'utf8') : '' };
}

/** Runs all files of a suite, `concurrency` at a time. */
async function runAll(suite: Suite, files: readonly string[]): Promise<Outcome> {
  const { concurrency, processOfEachFile } = SUITES[suite];
  if (processOfEachFile) return runFiles(suite, files, concurrency);
  const shares = Array.from({ length: concurrency }, (_, share) => files.filter((_path, index) => index % concurrency === share));
  const outcomes = await Promise.all(shares.filter(({ length }) => length > 0).map((share) => runFiles(suite, share, 1)));
  return { passed: outcomes.every(({ passed }) => passed), failures: outcomes.map(({ failures }) => failures).join('') };
}

/** Runs a suite. Resolves to its failures, to undefined when it passed. */
async function run(suite: Suite, only: string): Promise<string | undefined> {
  const files = filesOf(suite, listSources(root)).filter((path) => path.includes(only));
  if (files.length === 0) {
    console.error(`${suite}: expected at least one *${SUITES[suite].ending}${only === '' ? '' : ` with ${only} in its path`}, found none`);
    return '';
  }
  console.log(`\n── ${suite}: ${files.length} files, ${SUITES[suite].concurrency} at a time`);
  const startedMs = Date.now();
  let outcome = await runAll(suite, files);
  const failed = failedFiles(outcome.failures, files);
  if (!outcome.passed && process.env.FLOTILLA_TEST_SECOND_RUN === '1' && failed.length > 0 && failed.length <= SECOND_RUN_FILES_MAX) {
    console.log(`\n── ${suite}: ${failed.length} of ${files.length} files failed; a second run, one file at a time:\n${outcome.failures}`);
    const second = await runFiles(suite, failed, 1);
    if (second.passed) console.log(`── ${suite}: UNSTABLE, passed in the second run alone: ${failed.join(', ')}`);
    outcome = second;
  }
  console.log(`── ${suite}: ${outcome.passed ? 'passed' : 'FAILED'} in ${((Date.now() - startedMs) / 1000).toFixed(1)} s`);
  return outcome.passed ? undefined : outcome.failures;
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
const failed = new Map<Suite, string>();
for (const suite of names.filter(isSuite)) {
  const failures = await run(suite, only);
  if (failures !== undefined) failed.set(suite, failures);
}
rmSync(scratch, { recursive: true });
const changes = checkoutChanges(checkoutBefore, readCheckoutState(root));
if (changes.length > 0) {
  console.error(`\nthe suites changed the checkout: expected the same git status as before, found\n${changes.join('\n')}`);
  process.exitCode = 1;
}
if (failed.size > 0) {
  // Failures are printed again at the end, because the reports of passed suites follow the first print.
  const suites = [...failed.keys()];
  console.error(`\n${[...failed.values()].join('')}`);
  console.error(`\nfailed: ${suites.join(', ')}. Run one again: node test/run.ts ${suites[0]} --only <part of a path>`);
  process.exit(1);
}
