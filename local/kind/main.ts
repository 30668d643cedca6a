/** `node local/kind/main.ts [down]`: a kind cluster with Flotilla in it, from what is checked out; or away with it. */
import { spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { FlotillaError } from '@flotilla/contracts/errors/errors.ts';
import { systemClock } from '@flotilla/runtime/clock.ts';
import { ensureBinaries } from '../binaries/ensure-binaries.ts';
import { parseSettings } from '../settings/settings.ts';
import { installSteps, KIND_CLUSTER, missingForKind, nextSteps, prepareSteps, type Step } from './kind-steps.ts';

const IMAGE = 'flotilla';
const TAG_CHARACTERS = 12;
const checkoutDir = resolve(import.meta.dirname, '..', '..');

try {
  requireTools();
  if (process.argv[2] === 'down')
    run({ title: `cluster ${KIND_CLUSTER}: deleting`, command: ['kind', 'delete', 'cluster', '--name', KIND_CLUSTER] });
  else await up();
} catch (error) {
  if (!(error instanceof FlotillaError)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}

async function up(): Promise<void> {
  const settings = parseSettings(process.env, checkoutDir);
  const { helm } = await ensureBinaries(['helm'], { settings, clock: systemClock, log: console.error, env: process.env });
  const folder = join(settings.stateDir, 'kind');
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const kubeconfig = join(folder, 'kubeconfig');
  const clusters = output(['kind', 'get', 'clusters']).split('\n');
  const input = { programs: { docker: 'docker', kind: 'kind', helm }, checkoutDir, kubeconfig, clusters };
  prepareSteps(input, `${IMAGE}:kind`).forEach(run);
  const id = output(['docker', 'image', 'inspect', '--format', '{{.Id}}', `${IMAGE}:kind`]).trim();
  const tag = id.replace('sha256:', '').slice(0, TAG_CHARACTERS);
  installSteps(input, { name: IMAGE, tag }).forEach(run);
  console.log(`\n${nextSteps(kubeconfig)}`);
}

/** @throws FlotillaError TOOL_MISSING */
function requireTools(): void {
  const works = (...command: readonly string[]): boolean => spawnSync(command[0] ?? '', command.slice(1), { stdio: 'ignore' }).status === 0;
  const missing = missingForKind({
    docker: works('docker', '--version'),
    dockerAnswers: works('docker', 'info'),
    kind: works('kind', 'version'),
  });
  if (missing.length === 0) return;
  const lines = missing.map((line) => `  ${line}`).join('\n');
  throw new FlotillaError(
    'TOOL_MISSING',
    `make kind needs:\n${lines}\nWithout Docker: make up (pods as processes), make node-up (a node with containers, as root).`,
  );
}

function run({ title, command }: Step): void {
  console.log(`── ${title}`);
  const [program = '', ...args] = command;
  const { status } = spawnSync(program, args, { stdio: 'inherit' });
  if (status !== 0)
    throw new FlotillaError('TOOL_MISSING', `expected ${command.slice(0, 3).join(' ')} to succeed, it ended with ${status}`);
}

function output([program = '', ...args]: readonly string[]): string {
  return spawnSync(program, args, { encoding: 'utf8' }).stdout;
}
