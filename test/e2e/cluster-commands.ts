/** kubectl and flotilla against one cluster, for the stories. */
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { eventually } from '@flotilla/runtime/testing/eventually.ts';

const root = join(import.meta.dirname, '../..');
const COMMAND_MS_MAX = 300_000;
const CONDITION_MS_MAX = 60_000;

export interface CommandResult {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Condition {
  readonly type: string;
  readonly status: string;
  readonly reason: string;
  readonly message: string;
}

interface WithConditions {
  readonly status?: { readonly conditions?: readonly Condition[] };
}

export interface ClusterAddress {
  /** The program. */
  readonly kubectl: string;
  readonly kubeconfig: string;
  readonly namespace: string;
  /** Environment of every command. */
  readonly environment: Readonly<Record<string, string>>;
  /** Time limit of a condition. Default: one minute. */
  readonly conditionMsMax?: number;
}

export interface ClusterCommands {
  /** Runs kubectl; rejects with its error text unless it succeeds. */
  kubectl(...args: readonly string[]): Promise<string>;
  /** Runs kubectl with a text on its standard input. Does not reject when kubectl fails. */
  tryKubectl(args: readonly string[], input?: string): Promise<CommandResult>;
  /** Applies a manifest. Does not reject when kubectl fails. */
  tryApply(manifest: string): Promise<CommandResult>;
  /** An object as JSON; undefined when there is none. */
  get<T>(kind: string, name: string, namespace?: string): Promise<T | undefined>;
  /** Runs the `flotilla` command. Does not reject when the command fails. */
  flotilla(...args: readonly string[]): Promise<CommandResult>;
  /** A condition of an object, once it has `status` and, if given, `reason`. */
  condition(kind: string, name: string, type: string, status: string, reason?: string): Promise<Condition>;
}

export function clusterCommands({ kubectl, kubeconfig, namespace, environment, conditionMsMax }: ClusterAddress): ClusterCommands {
  const tryKubectl = (args: readonly string[], input = ''): Promise<CommandResult> =>
    runCommand(kubectl, ['--kubeconfig', kubeconfig, ...args], environment, input);
  const get = async <T>(kind: string, name: string, where = namespace): Promise<T | undefined> => {
    const text = outputOf(await tryKubectl(['get', kind, name, '-n', where, '-o', 'json', '--ignore-not-found']), `get ${kind} ${name}`);
    return text === '' ? undefined : (JSON.parse(text) as T);
  };
  return {
    kubectl: async (...args) => outputOf(await tryKubectl(args), `kubectl ${args.join(' ')}`),
    tryKubectl,
    tryApply: (manifest) => tryKubectl(['apply', '-f', '-'], manifest),
    get,
    flotilla: (...args) => runCommand(process.execPath, [join(root, 'cli/main.ts'), ...args], environment),
    condition(kind, name, type, status, reason) {
      let last: readonly Condition[] | undefined;
      return eventually(
        `${kind} ${name} has ${type}=${status} ${reason ?? ''}`,
        async () => {
          last = (await get<WithConditions>(kind, name))?.status?.conditions;
          const found = last?.find((candidate) => candidate.type === type && candidate.status === status);
          return found !== undefined && (reason === undefined || found.reason === reason) ? found : undefined;
        },
        conditionMsMax ?? CONDITION_MS_MAX,
      ).catch((cause: unknown) => {
        throw new Error(`${kind} ${name}: expected ${type}=${status} ${reason ?? ''}, found ${JSON.stringify(last)}`, { cause });
      });
    },
  };
}

/** Gives the standard output. @throws Error with the whole output when the program failed. */
export function outputOf({ status, stdout, stderr }: CommandResult, what: string): string {
  if (status !== 0) throw new Error(`${what} ended with ${status}:\n${stdout}${stderr}`);
  return stdout;
}

/** Runs a program in the checkout. Does not reject when the program fails. */
export function runCommand(
  command: string,
  args: readonly string[],
  environment: Readonly<Record<string, string>>,
  input = '',
): Promise<CommandResult> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, [...args], { cwd: root, env: { ...environment }, timeout: COMMAND_MS_MAX });
    const chunks = { stdout: '', stderr: '' };
    child.stdout.setEncoding('utf8').on('data', (text: string) => (chunks.stdout += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (chunks.stderr += text));
    child.once('error', reject);
    child.once('close', (status) => resolve({ status, ...chunks }));
    child.stdin.on('error', () => undefined).end(input);
  });
}

/** The Secret that the examples' webhook source names; its value is new in every cluster. */
export async function createWebhookSecret(cluster: Pick<ClusterCommands, 'kubectl'>, name: string, namespace = 'trading'): Promise<void> {
  const secret = `--from-literal=secret=${randomBytes(32).toString('hex')}`;
  await cluster.kubectl('create', 'secret', 'generic', name, '-n', namespace, secret);
}
