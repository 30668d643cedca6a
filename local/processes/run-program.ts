/** Runs a program to its end and gives its output. */
import { spawn } from 'node:child_process';
import { FlotillaError } from '@flotilla/contracts/errors/errors.ts';

export interface ProgramOptions {
  /** Default: this process's own. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly input?: string;
}

export interface ProgramOutcome {
  /** Null when it did not start or a signal ended it. */
  readonly code: number | null;
  readonly stdout: string;
  /** The end of it. */
  readonly stderr: string;
}

const STDOUT_CHARACTERS_MAX = 64 * 1024 * 1024;
const STDERR_CHARACTERS_MAX = 4_000;

/** Runs a program to its end, whatever comes of it. */
export function tryProgram(command: readonly string[], options: ProgramOptions = {}): Promise<ProgramOutcome> {
  return new Promise((resolve) => {
    const [program = '', ...args] = command;
    const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'pipe'], ...(options.env === undefined ? {} : { env: options.env }) });
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
      stdout += chunk;
      if (stdout.length > STDOUT_CHARACTERS_MAX) child.kill();
    });
    child.stderr.setEncoding('utf8').on('data', (chunk: string) => (stderr = (stderr + chunk).slice(-STDERR_CHARACTERS_MAX)));
    child.on('error', (error) => resolve({ code: null, stdout, stderr: error.message }));
    child.on('close', (code) => resolve({ code, stdout, stderr }));
    child.stdin.on('error', () => undefined).end(options.input ?? '');
  });
}

/** Its standard output. @throws FlotillaError CLUSTER_UNAVAILABLE with what it said when it fails. */
export async function runProgram(command: readonly string[], options: ProgramOptions = {}): Promise<string> {
  const { code, stdout, stderr } = await tryProgram(command, options);
  if (code === 0) return stdout;
  throw new FlotillaError('CLUSTER_UNAVAILABLE', `${command.slice(0, 6).join(' ')} ended with ${code}: ${stderr.trim()}`);
}
