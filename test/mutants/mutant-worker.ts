/** Runs unit test files against mutants in a child process that lives on from mutant to mutant. */
import { type ChildProcess, fork } from 'node:child_process';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const WORKER = join(import.meta.dirname, 'worker.ts');
const HOOK = pathToFileURL(join(import.meta.dirname, 'hook.ts')).href;
/** Modules that were loaded once are never unloaded. Above this a new process begins. */
const MEMORY_BYTES_MAX = 600 * 1_048_576;
/** A mutant may loop without end, or wait without end: bounds on the processor time and on the time of one test file. */
const CPU_MS_MIN = 3_000;
const TIME_MS_MIN = 15_000;
/** The bounds for a file whose own times are known: this much more than without a mutant. */
const SLOWER_MAX = 10;
/** The bounds for a file whose times are not known yet. */
const FIRST_MS_MAX = 120_000;

const ENDED = 'the process of the tests has ended';
const ENDLESS = 'the tests do not end';

export interface Job {
  readonly id: number;
  /** File URL, as all that follow. */
  readonly test: string;
  /** Modules that are loaded anew: those between the test and the mutated source, both included. */
  readonly reload: readonly string[];
  /** Absent: the sources as they are. */
  readonly mutated?: { readonly url: string; readonly text: string };
  /** Where the mutated text is written, for processes that the test starts. */
  readonly textPath: string;
  /** Processor time after which the process ends itself. */
  readonly cpuMsMax: number;
}

export interface JobResult {
  readonly id: number;
  /** The first failure; undefined when every test of the file passes. */
  readonly failure?: string | undefined;
  readonly cpuMs: number;
  readonly memoryBytes: number;
}

/** Processor time and time of a test file without a mutant. */
export interface OwnTimes {
  readonly cpuMs: number;
  readonly timeMs: number;
}

export interface MutantWorker {
  /** Resolves to the first failure of the test file, to undefined when every test passes. */
  failureOf(job: Pick<Job, 'test' | 'reload' | 'mutated'>): Promise<string | undefined>;
  stop(): void;
}

/** `ownTimes`: by file URL; a run without a mutant fills it, and all workers share it. */
export function startMutantWorker(root: string, scratch: string, ownTimes: Map<string, OwnTimes>): MutantWorker {
  let child: ChildProcess | undefined;
  let id = 0;

  const stop = (): void => {
    child?.removeAllListeners();
    child?.kill('SIGKILL');
    child = undefined;
  };

  const runOnce = (job: Job, timeMsMax: number): Promise<Omit<JobResult, 'id'>> =>
    new Promise((resolve) => {
      const current = (child ??= begin(root));
      const finish = (result: Omit<JobResult, 'id'>): void => {
        clearTimeout(timer);
        current.removeAllListeners();
        if (result.memoryBytes > MEMORY_BYTES_MAX) stop();
        resolve(result);
      };
      const timer = setTimeout(() => {
        stop();
        finish({ failure: ENDLESS, cpuMs: 0, memoryBytes: 0 });
      }, timeMsMax);
      current.once('exit', (_code, signal) => {
        child = undefined;
        finish({ failure: signal === null ? ENDED : ENDLESS, cpuMs: 0, memoryBytes: 0 });
      });
      current.once('message', finish);
      current.send(job);
    });

  return {
    async failureOf(wanted) {
      id += 1;
      const own = ownTimes.get(wanted.test);
      const cpuMsMax = own === undefined ? FIRST_MS_MAX : Math.max(CPU_MS_MIN, own.cpuMs * SLOWER_MAX);
      const timeMsMax = own === undefined ? FIRST_MS_MAX : Math.max(TIME_MS_MIN, own.timeMs * SLOWER_MAX);
      const job: Job = { ...wanted, id, textPath: join(scratch, 'mutant.ts'), cpuMsMax };
      const isFresh = child === undefined;
      const beganMs = performance.now();
      let result = await runOnce(job, timeMsMax);
      // An earlier mutant may have left the error behind that ended the process: a new process decides.
      if (result.failure === ENDED && !isFresh) result = await runOnce(job, timeMsMax);
      if (result.failure === undefined && job.mutated === undefined) {
        ownTimes.set(job.test, { cpuMs: result.cpuMs, timeMs: performance.now() - beganMs });
      }
      return result.failure;
    },
    stop,
  };
}

function begin(root: string): ChildProcess {
  const env = {
    ...process.env,
    NODE_OPTIONS: `--import=${HOOK}`,
    NODE_TEST_CONTEXT: undefined,
    NODE_COMPILE_CACHE: join(root, '.cache/node-compile'),
  };
  // The options of this process are not the worker's: with those of a test runner, the worker would be a test runner too.
  return fork(WORKER, { cwd: root, stdio: 'ignore', env, execArgv: [] });
}
