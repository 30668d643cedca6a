/**
 * `make mutants`: how many one-token mutants of the modules that money or a halt depends on do the tests notice?
 *
 * Options: `--module <part of a name>`, `--file <part of a path>`, `--sample <mutants per module, 0 for all>`, `--seed <number>`, `--integration` (survivors of the
 * unit tests go to the integration tests), `--reasons` (why each accepted mutant is equivalent), `--min <percent>`, `--workers <count>`.
 *
 * Exits with 1 when a module has fewer killed and accepted mutants than `--min`, and when `accepted.ts` is wrong about a mutant.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { fileGraph } from '../hygiene/import-graph.ts';
import { listSources } from '../hygiene/list-sources.ts';
import { readSourceFile } from '../hygiene/source-file.ts';
import { ACCEPTED_MUTANTS, MUTANTS_OF_INTEGRATION_TESTS } from './accepted.ts';
import { acceptedEntryOf, type PlacedMutant, wrongEntries } from './accepted-entry.ts';
import { testsReaching, type ReachingTests } from './find-tests.ts';
import { applyMutant, makeMutants } from './make-mutants.ts';
import { MUTATED_MODULES, sourcesOf } from './modules.ts';
import { HEADING, type Judged, moduleReport, summary, type Verdict } from './report.ts';
import { type MutantWorker, type OwnTimes, startMutantWorker } from './mutant-worker.ts';
import { passes } from './run-mutant.ts';
import { sampleBySeed } from './sample.ts';

const { values } = parseArgs({
  options: {
    module: { type: 'string', default: '' },
    file: { type: 'string', default: '' },
    sample: { type: 'string', default: '40' },
    seed: { type: 'string', default: '1' },
    min: { type: 'string', default: '90' },
    workers: { type: 'string', default: '2' },
    integration: { type: 'boolean', default: false },
    reasons: { type: 'boolean', default: false },
  },
});
/** A test file that takes longer runs behind the others. */
const SLOW_MS_MIN = 500;
const root = join(import.meta.dirname, '../..');
const paths = listSources(root);
const graph = fileGraph(
  paths.map((path) => readSourceFile(root, path)),
  ({ isType }) => !isType,
);
const scratch = mkdtempSync(join(tmpdir(), 'flotilla-mutants-'));

function mutantsOf(module: string): readonly PlacedMutant[] {
  return sourcesOf(module, paths).flatMap((path) =>
    makeMutants(path, readFileSync(join(root, path), 'utf8')).map((mutant) => ({ ...mutant, path })),
  );
}

function sampled(mutants: readonly PlacedMutant[]): readonly PlacedMutant[] {
  const count = Number(values.sample);
  const chosen = mutants.filter(({ path }) => path.includes(values.file));
  return sampleBySeed(
    chosen,
    count === 0 ? chosen.length : count,
    Number(values.seed),
    ({ path, start, change }) => `${path}\0${start}\0${change}`,
  );
}

interface PlacedWorker extends MutantWorker {
  readonly folder: string;
}

const urlOf = (path: string): string => pathToFileURL(join(root, path)).href;

async function judge(mutant: PlacedMutant, tests: ReachingTests, worker: PlacedWorker): Promise<Verdict> {
  const source = readFileSync(join(root, mutant.path), 'utf8');
  const text = applyMutant(source, mutant);
  const isAccepted = acceptedEntryOf(ACCEPTED_MUTANTS, mutant) !== undefined;
  const killedBy = acceptedEntryOf(MUTANTS_OF_INTEGRATION_TESTS, mutant)?.killedBy;
  const job = { reload: tests.importers.map(urlOf), mutated: { url: urlOf(mutant.path), text } };
  for (const test of slowLast(tests.unit)) {
    const failureOf = (): Promise<string | undefined> => worker.failureOf({ ...job, test: urlOf(test) });
    if ((await failureOf()) === undefined) continue;
    if (!isAccepted && killedBy === undefined) return 'unit';
    // A test that depends on time may fail once on a busy machine. Only a failure that comes twice proves accepted.ts wrong.
    if ((await failureOf()) !== undefined) return 'refuted';
  }
  if (isAccepted) return 'accepted';
  if (!values.integration) return killedBy === undefined ? 'survived' : 'named';
  // A test that runs scripts in processes of their own does not import what they load, so the import graph does not find the named test.
  for (const test of killedBy === undefined ? tests.integration : [killedBy]) {
    const passesWith = (contents: string): Promise<boolean> =>
      passes({ root, scratch: worker.folder, mutated: { path: mutant.path, text: contents }, test });
    // A test that fails without the mutant too, for example because a server did not start, kills nothing.
    if (!(await passesWith(text)) && (await passesWith(source))) return 'integration';
  }
  return 'survived';
}

/** The nearest first, but for those that take long: most mutants die before. */
function slowLast(tests: readonly string[]): readonly string[] {
  const slowMs = (test: string): number => {
    const { timeMs = 0 } = ownTimes.get(urlOf(test)) ?? {};
    return timeMs < SLOW_MS_MIN ? 0 : timeMs;
  };
  return tests.toSorted((a, b) => slowMs(a) - slowMs(b));
}

/** Tests that fail on the sources as they are would seem to kill every mutant. */
async function assertGreen(tests: ReachingTests, worker: MutantWorker): Promise<void> {
  for (const test of tests.unit.filter((file) => !ownTimes.has(urlOf(file)))) {
    // Not the first run, which loads everything else too, but the second one is like those against mutants.
    for (const reload of [[urlOf(test)], tests.importers.map(urlOf)]) {
      const failure = await worker.failureOf({ test: urlOf(test), reload });
      if (failure !== undefined) throw new Error(`expected ${test} to pass without a mutant, found: ${failure}`);
    }
  }
}

async function judgeModule(mutants: readonly PlacedMutant[]): Promise<readonly Judged[]> {
  const queue = [...mutants];
  const tests = new Map([...new Set(queue.map(({ path }) => path))].map((path) => [path, testsReaching(graph, paths, path)]));
  const workers = Array.from({ length: Number(values.workers) }, () => {
    const folder = mkdtempSync(join(scratch, 'worker-'));
    return { folder, ...startMutantWorker(root, folder, ownTimes) };
  });
  const judged: Judged[] = [];
  const work = async (worker: PlacedWorker): Promise<void> => {
    for (let mutant = queue.shift(); mutant !== undefined; mutant = queue.shift()) {
      const reaching = tests.get(mutant.path) ?? { unit: [], integration: [], importers: [] };
      judged.push({ mutant, verdict: await judge(mutant, reaching, worker) });
    }
  };
  try {
    for (const worker of workers.slice(0, 1)) for (const reaching of tests.values()) await assertGreen(reaching, worker);
    await Promise.all(workers.map(work));
  } finally {
    for (const worker of workers) worker.stop();
  }
  return judged;
}

/** Processor time and time of each unit test file without a mutant, by file URL. */
const ownTimes = new Map<string, OwnTimes>();
const modules = Object.keys(MUTATED_MODULES);
const wrong = wrongEntries([...ACCEPTED_MUTANTS, ...MUTANTS_OF_INTEGRATION_TESTS], modules.flatMap(mutantsOf));
const all: Judged[] = [];
let isTooLow = false;
try {
  console.log(HEADING);
  for (const module of modules.filter((name) => name.includes(values.module))) {
    const mutants = sampled(mutantsOf(module));
    if (mutants.length === 0) continue;
    const judged = await judgeModule(mutants);
    const { line, scorePercent } = moduleReport(module, judged);
    console.log(line);
    if (scorePercent < Number(values.min)) isTooLow = true;
    all.push(...judged);
  }
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
console.log(summary(all, ACCEPTED_MUTANTS, wrong, { withReasons: values.reasons }));
if (isTooLow) console.log(`expected at least ${values.min} % killed and accepted in every module`);
if (isTooLow || wrong.length > 0 || all.some(({ verdict }) => verdict === 'refuted')) process.exitCode = 1;
