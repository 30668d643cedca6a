/** A real cluster of its own for a test: state folder, ports and addresses that no other cluster uses. */
import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { assert } from '@flotilla/contracts/errors/assert.ts';
import { binaryPath } from './binary-path.ts';
import { takeOffset } from './take-offset.ts';
import { stateFolder, type StateFolder } from '../files/state-folder.ts';

export interface Outcome {
  readonly code: number;
  readonly output: string;
}

export interface TestCluster {
  readonly folder: StateFolder;
  readonly offset: number;
  /** `node local/main.ts …` for this cluster. */
  local(...args: readonly string[]): Promise<Outcome>;
  /** Standard output. @throws when kubectl fails */
  kubectl(args: readonly string[], input?: string): Promise<string>;
  /** Processes of this machine whose command line or environment names the state folder. */
  processes(): readonly number[];
  /** Stops everything and deletes the state. */
  dispose(): Promise<void>;
}

const MAIN = resolve(import.meta.dirname, '..', 'main.ts');
const OUTPUT_BYTES_MAX = 16 * 1024 * 1024;
/** `settings` are variables of the environment for `local/main.ts`. */
export function testCluster(settings: Readonly<Record<string, string>> = {}): TestCluster {
  const root = mkdtempSync(join(tmpdir(), 'flotilla-cluster-'));
  const folder = stateFolder(root);
  const { offset, free } = takeOffset();
  const env = { ...process.env, ...settings, FLOTILLA_STATE_DIR: root, PORT_OFFSET: String(offset) };
  const local = (...args: readonly string[]): Promise<Outcome> => run(process.execPath, [MAIN, ...args], env);
  return {
    folder,
    offset,
    local,
    async kubectl(args, input) {
      const outcome = await run(binaryPath('kubectl'), ['--kubeconfig', folder.kubeconfigFile, ...args], env, input);
      assert(outcome.code === 0, `kubectl ${args.join(' ')}: ${outcome.output}`);
      return outcome.output;
    },
    processes: () => processesNaming(root),
    async dispose() {
      await local('clean');
      rmSync(root, { recursive: true, force: true });
      free();
    },
  };
}

function run(command: string, args: readonly string[], env: NodeJS.ProcessEnv, input?: string): Promise<Outcome> {
  return new Promise((resolve) => {
    const child = execFile(command, [...args], { env, maxBuffer: OUTPUT_BYTES_MAX }, (error, stdout, stderr) =>
      resolve({ code: error === null ? 0 : typeof error.code === 'number' ? error.code : 1, output: stdout + stderr }),
    );
    child.stdin?.end(input ?? '');
  });
}

function processesNaming(text: string): readonly number[] {
  return readdirSync('/proc')
    .filter((entry) => /^\d+$/.test(entry) && Number(entry) !== process.pid)
    .filter((pid) => ['cmdline', 'environ'].some((file) => readOrEmpty(`/proc/${pid}/${file}`).includes(text)))
    .map(Number);
}

function readOrEmpty(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
