/** Reaches Kubernetes through kubectl, which knows every way to authenticate. For every command. */
import { spawn } from 'node:child_process';
import { CliError } from '../session/cli-error.ts';
import type { CliContext } from '../session/context.ts';

const OUTPUT_BYTES_MAX = 64 * 1024 * 1024;
/** Without a timeout kubectl waits for ever on a server that does not answer. */
const REQUEST_TIMEOUT_S = 10;

/** Standard output of `kubectl <args>`. @throws CliError with kubectl's own reason. */
export async function runKubectl(context: CliContext, args: readonly string[], input?: string): Promise<string> {
  const common = context.kubeconfig === undefined ? [] : ['--kubeconfig', context.kubeconfig];
  const child = spawn(context.kubectl, [...common, `--request-timeout=${REQUEST_TIMEOUT_S}s`, ...args], {
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  let output = '';
  let errors = '';
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    output += chunk;
    if (output.length > OUTPUT_BYTES_MAX) child.kill();
  });
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    errors += chunk;
  });
  child.stdin.on('error', () => undefined).end(input);
  const exitCode = await new Promise<number | null>((resolve, reject) => {
    child.once('error', (cause) => {
      reject(
        new CliError(`kubectl could not be started: ${cause.message}`, {
          hint: 'Install kubectl, or name it with FLOTILLA_KUBECTL.',
          cause,
        }),
      );
    });
    child.once('close', resolve);
  });
  if (exitCode !== 0) throw kubectlError(args, errors);
  return output;
}

/** @throws CliError like {@link runKubectl}. */
export async function kubectlJson<T>(context: CliContext, args: readonly string[], input?: string): Promise<T> {
  return JSON.parse(await runKubectl(context, [...args, '--output', 'json'], input)) as T;
}

/** The object, or undefined when the server says that it does not exist. */
export async function kubectlGet<T>(context: CliContext, args: readonly string[]): Promise<T | undefined> {
  const text = await runKubectl(context, ['get', ...args, '--ignore-not-found', '--output', 'json']);
  return text.trim() === '' ? undefined : (JSON.parse(text) as T);
}

function kubectlError(args: readonly string[], errors: string): CliError {
  const lines = errors.split('\n').filter((line) => line !== '' && !/^[EWI]\d{4} /.test(line));
  const reason = (lines[0] ?? 'kubectl gave no reason').replace(/^(error|Error from server \(\w+\)): /, '');
  if (/refused|no such host|timeout|timed out|deadline|was refused|Unable to connect/i.test(errors)) {
    return new CliError(`the Kubernetes API server does not answer: ${reason}`, {
      hint: 'Start the local cluster with "make up", or point --kubeconfig at the right one.',
    });
  }
  if (/the server doesn't have a resource type/i.test(errors)) {
    return new CliError(reason, { hint: 'Flotilla\'s resources are not installed there: run "make up", or install the CRDs.' });
  }
  return new CliError(`kubectl ${args.slice(0, 2).join(' ')}: ${reason}`);
}
