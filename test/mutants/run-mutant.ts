/** Runs one integration test file with one source replaced by its mutant, in a process of its own. */
import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const HOOK = pathToFileURL(join(import.meta.dirname, 'hook.ts')).href;
/** Bound on the time of one mutant, because a mutant may loop without end. */
const RUN_MS_MAX = 120_000;

export interface MutantRun {
  readonly root: string;
  readonly scratch: string;
  /** Source to replace, and the mutated text. */
  readonly mutated: { readonly path: string; readonly text: string };
  readonly test: string;
}

/** Resolves to true when every test of the file passes. */
export async function passes({ root, scratch, mutated, test }: MutantRun): Promise<boolean> {
  const textPath = join(scratch, 'mutant.ts');
  writeFileSync(textPath, mutated.text);
  // The file itself, without the test runner: starting a second process costs more than the tests.
  const child = spawn(process.execPath, ['--test-force-exit', `--test-timeout=${RUN_MS_MAX}`, test], {
    cwd: root,
    stdio: 'ignore',
    detached: true,
    env: {
      ...process.env,
      NODE_OPTIONS: `--import=${HOOK}`,
      NODE_TEST_CONTEXT: undefined,
      NODE_COMPILE_CACHE: join(root, '.cache/node-compile'),
      MUTANT_URL: pathToFileURL(join(root, mutated.path)).href,
      MUTANT_TEXT: textPath,
    },
  });
  return new Promise((resolve) => {
    const stop = (): void => endGroup(child.pid);
    const timer = setTimeout(stop, RUN_MS_MAX);
    child.on('exit', (code) => {
      clearTimeout(timer);
      // Servers that a failed test left behind end with their group.
      stop();
      resolve(code === 0);
    });
  });
}

function endGroup(pid: number | undefined): void {
  try {
    if (pid !== undefined) process.kill(-pid, 'SIGKILL');
  } catch {
    // The group has ended by itself.
  }
}
