/** A local cluster of the test's own: own state folder, own ports, gone afterwards. */
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually } from '@flotilla/runtime/testing/eventually.ts';

const root = join(import.meta.dirname, '../..');
/** Far from the default ports, so that a developer's own cluster may run beside the tests. */
const PORT_OFFSET_BASE = 4_000;
const COMMAND_MS_MAX = 300_000;

export interface CommandResult {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** What `make up` leaves for the command line. */
export interface CommandLineSettings {
  readonly kubeconfig: string;
  readonly kubectl: string;
  readonly namespace: string;
  readonly natsUrl: string;
  readonly natsUser: string;
  readonly natsPassword: string;
  readonly gatewayUrl: string;
}

export interface LocalCluster {
  readonly stateDir: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly settings: CommandLineSettings;
  /** Runs kubectl; rejects with its error text unless it succeeds. */
  kubectl(...args: readonly string[]): Promise<string>;
  /** Runs kubectl with a manifest on its standard input, whatever comes of it. */
  tryApply(manifest: string): Promise<CommandResult>;
  /** An object as JSON; undefined when there is none. */
  get<T>(kind: string, name: string, namespace?: string): Promise<T | undefined>;
  /** Runs the `flotilla` command, whatever comes of it. */
  flotilla(...args: readonly string[]): Promise<CommandResult>;
  /** `node local/main.ts …` */
  local(...args: readonly string[]): Promise<string>;
  /** A condition of an object, once it has `status` and, if given, `reason`. */
  condition(kind: string, name: string, type: string, status: string, reason?: string): Promise<Condition>;
  stop(): Promise<void>;
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

/** `slot` keeps the ports of test files apart. */
export async function startLocalCluster(slot: number): Promise<LocalCluster> {
  const stateDir = mkdtempSync(join(tmpdir(), 'flotilla-e2e-'));
  const environment = {
    ...(process.env as Record<string, string>),
    FLOTILLA_STATE_DIR: stateDir,
    FLOTILLA_CLI_CONFIG: join(stateDir, 'cli.json'),
    PORT_OFFSET: String(PORT_OFFSET_BASE + slot * 100),
  };
  const succeed = async (command: string, args: readonly string[], input?: string): Promise<string> => {
    const result = await run(command, args, environment, input);
    if (result.status !== 0) throw new Error(`${command} ${args.join(' ')} ended with ${result.status}:\n${result.stdout}${result.stderr}`);
    return result.stdout;
  };
  const local = (...args: readonly string[]) => succeed(process.execPath, [join(root, 'local/main.ts'), ...args]);
  await local('up');
  const settings = JSON.parse(readFileSync(join(stateDir, 'cli.json'), 'utf8')) as CommandLineSettings;
  const withKubeconfig = (args: readonly string[]) => ['--kubeconfig', settings.kubeconfig, ...args];
  const get = async <T>(kind: string, name: string, namespace = settings.namespace): Promise<T | undefined> => {
    const text = await succeed(settings.kubectl, withKubeconfig(['get', kind, name, '-n', namespace, '-o', 'json', '--ignore-not-found']));
    return text === '' ? undefined : (JSON.parse(text) as T);
  };
  return {
    stateDir,
    environment,
    settings,
    local,
    kubectl: (...args) => succeed(settings.kubectl, withKubeconfig(args)),
    tryApply: (manifest) => run(settings.kubectl, withKubeconfig(['apply', '-f', '-']), environment, manifest),
    get,
    flotilla: (...args) => run(process.execPath, [join(root, 'cli/main.ts'), ...args], environment),
    condition(kind, name, type, status, reason) {
      let last: readonly Condition[] | undefined;
      return eventually(
        `${kind} ${name} has ${type}=${status} ${reason ?? ''}`,
        async () => {
          last = (await get<WithConditions>(kind, name))?.status?.conditions;
          const found = last?.find((candidate) => candidate.type === type && candidate.status === status);
          return found !== undefined && (reason === undefined || found.reason === reason) ? found : undefined;
        },
        60_000,
      ).catch((cause: unknown) => {
        throw new Error(`${kind} ${name}: expected ${type}=${status} ${reason ?? ''}, found ${JSON.stringify(last)}`, { cause });
      });
    },
    async stop() {
      await local('clean');
      rmSync(stateDir, { recursive: true, force: true });
    },
  };
}

/** The Secret that the examples' webhook source names; its value is new in every cluster. */
export async function createWebhookSecret(cluster: LocalCluster, name: string): Promise<void> {
  await cluster.kubectl(
    'create',
    'secret',
    'generic',
    name,
    '-n',
    cluster.settings.namespace,
    `--from-literal=secret=${randomBytes(32).toString('hex')}`,
  );
}

function run(command: string, args: readonly string[], environment: Readonly<Record<string, string>>, input = ''): Promise<CommandResult> {
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
