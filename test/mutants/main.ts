/**
 * `make mutants`: how many one-token mutants of the modules that money or a halt depends on do the tests notice?
 *
 * Options: `--module <part of a name>`, `--sample <mutants per module, 0 for all>`, `--seed <number>`, `--integration` (survivors of the
 * unit tests go to the integration tests), `--list` (prints every survivor), `--min <percent>` (exit 1 below it), `--workers <count>`.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { fileGraph } from '../hygiene/import-graph.ts';
import { listSources } from '../hygiene/list-sources.ts';
import { readSourceFile } from '../hygiene/source-file.ts';
import { ACCEPTED_MUTANTS } from './accepted.ts';
import { testsReaching, type ReachingTests } from './find-tests.ts';
import { applyMutant, makeMutants, type Mutant } from './make-mutants.ts';
import { MUTATED_MODULES, sourcesOf } from './modules.ts';
import { passes } from './run-mutant.ts';
import { sampleBySeed } from './sample.ts';

const { values } = parseArgs({
  options: {
    module: { type: 'string', default: '' },
    sample: { type: 'string', default: '40' },
    seed: { type: 'string', default: '1' },
    min: { type: 'string', default: '0' },
    workers: { type: 'string', default: '2' },
    integration: { type: 'boolean', default: false },
    list: { type: 'boolean', default: false },
  },
});
const root = join(import.meta.dirname, '../..');
const paths = listSources(root);
const graph = fileGraph(
  paths.map((path) => readSourceFile(root, path)),
  ({ isType }) => !isType,
);
const scratch = mkdtempSync(join(tmpdir(), 'flotilla-mutants-'));

type Verdict = 'unit' | 'integration' | 'accepted' | 'survived';
interface Placed extends Mutant {
  readonly path: string;
}

function mutantsOf(module: string): readonly Placed[] {
  const all = sourcesOf(module, paths).flatMap((path) =>
    makeMutants(path, readFileSync(join(root, path), 'utf8')).map((mutant) => ({ ...mutant, path })),
  );
  const count = Number(values.sample);
  return sampleBySeed(
    all,
    count === 0 ? all.length : count,
    Number(values.seed),
    ({ path, start, change }) => `${path}\0${start}\0${change}`,
  );
}

function isAccepted({ path, code, change }: Placed): boolean {
  return ACCEPTED_MUTANTS.some((one) => one.path === path && one.code === code && one.change === change);
}

async function judge(mutant: Placed, tests: ReachingTests, folder: string): Promise<Verdict> {
  if (isAccepted(mutant)) return 'accepted';
  const text = applyMutant(readFileSync(join(root, mutant.path), 'utf8'), mutant);
  const run = { root, scratch: folder, mutated: { path: mutant.path, text } };
  for (const test of tests.unit) if (!(await passes({ ...run, test, suite: 'unit' }))) return 'unit';
  if (!values.integration) return 'survived';
  for (const test of tests.integration) if (!(await passes({ ...run, test, suite: 'integration' }))) return 'integration';
  return 'survived';
}

/** Tests that fail on the sources as they are would seem to kill every mutant. */
async function assertGreen(tests: ReachingTests): Promise<void> {
  for (const test of tests.unit.filter((file) => !green.has(file))) {
    if (!(await passes({ root, scratch, test, suite: 'unit' })))
      throw new Error(`expected ${test} to pass without a mutant, found a failure`);
    green.add(test);
  }
}

const green = new Set<string>();
let isTooLow = false;
try {
  console.log('module                total  killed: unit  integration  accepted  survived   score');
  for (const module of Object.keys(MUTATED_MODULES).filter((name) => name.includes(values.module))) {
    const queue = [...mutantsOf(module)];
    const tests = new Map([...new Set(queue.map(({ path }) => path))].map((path) => [path, testsReaching(graph, paths, path)]));
    for (const reaching of tests.values()) await assertGreen(reaching);
    const verdicts: { readonly mutant: Placed; readonly verdict: Verdict }[] = [];
    const work = async (folder: string): Promise<void> => {
      for (let mutant = queue.shift(); mutant !== undefined; mutant = queue.shift()) {
        const reaching = tests.get(mutant.path) ?? { unit: [], integration: [] };
        verdicts.push({ mutant, verdict: await judge(mutant, reaching, folder) });
      }
    };
    await Promise.all(Array.from({ length: Number(values.workers) }, () => work(mkdtempSync(join(scratch, 'worker-')))));
    report(module, verdicts);
  }
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
if (isTooLow) process.exitCode = 1;

function report(module: string, verdicts: readonly { readonly mutant: Placed; readonly verdict: Verdict }[]): void {
  const count = (wanted: Verdict): number => verdicts.filter(({ verdict }) => verdict === wanted).length;
  const judged = verdicts.length - count('accepted');
  const score = judged === 0 ? 100 : (100 * (count('unit') + count('integration'))) / judged;
  const cells = [verdicts.length, count('unit'), count('integration'), count('accepted'), count('survived')];
  const widths = [5, 12, 11, 8, 8];
  console.log(
    `${module.padEnd(20)}  ${cells.map((cell, at) => String(cell).padStart(widths[at] ?? 0)).join('  ')}  ${score.toFixed(0).padStart(5)} %`,
  );
  if (score < Number(values.min)) isTooLow = true;
  if (!values.list) return;
  const survivors = verdicts.filter(({ verdict }) => verdict === 'survived').map(({ mutant }) => mutant);
  for (const { path, line, code, change } of survivors.toSorted((a, b) =>
    a.path === b.path ? a.start - b.start : a.path < b.path ? -1 : 1,
  )) {
    console.log(`  ${path}:${line}: ${change}    in: ${code}`);
  }
}
