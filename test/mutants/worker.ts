/**
 * A process that runs test files against mutants, one job at a time, told by its parent ({@link ./mutant-worker.ts}).
 *
 * Loading all modules costs more than most tests. So a job loads anew only the modules between the test and the mutated source, under a URL
 * with the number of the job; everything else stays loaded.
 */
import { writeFileSync } from 'node:fs';
import { registerHooks } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Worker } from 'node:worker_threads';
import { beginFile, runFile } from './harness.ts';
import type { Job, JobResult } from './mutant-worker.ts';

const HARNESS = pathToFileURL(join(import.meta.dirname, 'harness.ts')).href;

/** Shared with the watchdog, which looks at it while a test keeps this thread busy. */
const cpuMsEnd = new Float64Array(new SharedArrayBuffer(Float64Array.BYTES_PER_ELEMENT)).fill(Infinity);
const watchdog = new Worker(join(import.meta.dirname, 'watchdog.ts'), { workerData: cpuMsEnd });
watchdog.unref();

let job: Job | undefined;
let reloaded: ReadonlySet<string> = new Set();

registerHooks({
  resolve(specifier, context, next) {
    if (specifier === 'node:test') return { url: HARNESS, shortCircuit: true };
    const result = next(specifier, context);
    const isReloaded = context.parentURL?.endsWith(suffix()) === true && reloaded.has(result.url);
    return isReloaded ? { ...result, url: `${result.url}${suffix()}` } : result;
  },
  load(url, context, next) {
    return job?.mutated !== undefined && url === `${job.mutated.url}${suffix()}`
      ? { format: 'module-typescript', source: job.mutated.text, shortCircuit: true }
      : next(url, context);
  },
});

/** Processor time of the process. */
function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1_000;
}

function suffix(): string {
  return `?job=${job?.id ?? ''}`;
}

function tell(result: JobResult): void {
  process.send?.(result);
}

/** A test may start the program that it tests: {@link ./hook.ts} hands the mutant to such a process. */
function passOn({ mutated, textPath }: Job): void {
  if (mutated === undefined) {
    delete process.env['MUTANT_URL'];
    return;
  }
  writeFileSync(textPath, mutated.text);
  process.env['MUTANT_URL'] = mutated.url;
  process.env['MUTANT_TEXT'] = textPath;
}

async function run(next: Job): Promise<void> {
  job = next;
  reloaded = new Set(next.reload);
  passOn(next);
  beginFile();
  const begunMs = cpuMs();
  cpuMsEnd[0] = begunMs + next.cpuMsMax;
  let failure: string | undefined;
  try {
    await import(`${next.test}${suffix()}`);
    await runFile();
  } catch (error) {
    failure = String(error);
  }
  cpuMsEnd[0] = Infinity;
  tell({ id: next.id, failure, cpuMs: cpuMs() - begunMs, memoryBytes: process.memoryUsage.rss() });
}

// An error that no test catches may come from an earlier mutant: the parent runs the job again in a new process.
process.on('uncaughtException', () => process.exit(1));
process.on('message', (next: Job) => void run(next));
