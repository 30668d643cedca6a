/** Gives the example scripts steps with a headline, commands that are shown before they run, and the addresses of the local cluster. */
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { resolveContext, type CliContext, type LocalConfig } from '@flotilla/cli/session/context.ts';
import { kubectlGet, runKubectl } from '@flotilla/cli/cluster/kubectl.ts';
import { styleFor, type Style } from '@flotilla/cli/print/style.ts';
import { requireNode } from '@flotilla/runtime/require-node.ts';

const root = join(import.meta.dirname, '..');
const cliConfig = join(process.env['FLOTILLA_STATE_DIR'] ?? join(root, '.local'), 'cli.json');
const POLL_MS = 100;

export interface Story {
  readonly style: Style;
  readonly isInteractive: boolean;
  headline(text: string): void;
  say(text: string): void;
  /** Shows the command as a user would type it, and runs it; rejects with its output unless it succeeds. */
  run(shown: string, command: string, args: readonly string[]): Promise<void>;
}

interface Condition {
  readonly type: string;
  readonly status: string;
  readonly reason: string;
  readonly message: string;
}

export function tellStory(): Story {
  requireNode();
  const isInteractive = process.stdout.isTTY;
  const style = styleFor(isInteractive, process.env);
  let step = 0;
  const story: Story = {
    style,
    isInteractive,
    headline(text) {
      step += 1;
      console.log(`\n${style.bold(`${step} ▸ ${text}`)}\n`);
    },
    say: (text) => console.log(text.replace(/^(?=.)/gm, '  ')),
    async run(shown, command, args) {
      story.say(style.dim(`$ ${shown}`));
      const { status, output } = await runToEnd(command, args);
      if (output.trim() !== '') story.say(output.trimEnd());
      if (status !== 0) throw new Error(`${shown} ended with ${status}`);
    },
  };
  return story;
}

/** Runs a program of the checkout; standard output and error together. */
export function runToEnd(command: string, args: readonly string[]): Promise<{ readonly status: number | null; readonly output: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, [...args], {
      cwd: root,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, FLOTILLA_CLI_CONFIG: cliConfig },
    });
    let output = '';
    const take = (text: string): void => void (output += text);
    child.stdout.setEncoding('utf8').on('data', take);
    child.stderr.setEncoding('utf8').on('data', take);
    child.once('error', reject);
    child.once('close', (status) => resolve({ status, output }));
  });
}

/** `make up`, with its progress as it comes. */
export async function startCluster(): Promise<void> {
  const child = spawn(process.execPath, [join(root, 'local/main.ts'), 'up', '--brief'], {
    cwd: root,
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  const status = await new Promise<number | null>((resolve, reject) => child.once('error', reject).once('close', resolve));
  if (status !== 0) throw new Error('the local cluster did not start: read the output above, then run make status');
}

/** The addresses that `make up` wrote to a file. */
export function localContext(): CliContext {
  const local = JSON.parse(readFileSync(cliConfig, 'utf8')) as LocalConfig;
  return resolveContext({ flags: {}, environment: {}, local });
}

/** Creates the Secret of a webhook source, unless it exists. */
export async function ensureWebhookSecret(context: CliContext, name: string, value: string): Promise<void> {
  const where = ['--namespace', context.namespace];
  if ((await kubectlGet(context, ['secrets', name, ...where])) === undefined)
    await runKubectl(context, ['create', 'secret', 'generic', name, ...where, `--from-literal=secret=${value}`]);
}

/** @throws Error with the condition's own reason after `timeoutMs`. */
export async function waitReady(context: CliContext, objects: readonly string[], timeoutMs: number): Promise<void> {
  const deadlineMs = performance.now() + timeoutMs;
  for (;;) {
    const found = await Promise.all(objects.map((object) => kubectlGet<Conditioned>(context, [object, '--namespace', context.namespace])));
    const waiting = objects.flatMap((object, index) => {
      const ready = found[index]?.status?.conditions?.find(({ type }) => type === 'Ready');
      const current = ready !== undefined && ready.observedGeneration === found[index]?.metadata.generation;
      return current && ready.status === 'True' ? [] : [`${object}: ${ready?.message ?? 'no condition yet'}`];
    });
    if (waiting.length === 0) return;
    if (performance.now() > deadlineMs) throw new Error(`not Ready within ${timeoutMs / 1_000} s:\n${waiting.join('\n')}`);
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}

interface Conditioned {
  readonly metadata: { readonly generation?: number };
  readonly status?: { readonly conditions?: readonly (Condition & { readonly observedGeneration?: number })[] };
}
