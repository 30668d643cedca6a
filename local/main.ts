/** `node local/main.ts <command>`: a whole cluster on this machine, without Docker. */
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { FlotillaError } from '@flotilla/contracts/errors/errors.ts';
import { systemClock } from '@flotilla/runtime/clock.ts';
import { requireNode } from '@flotilla/runtime/require-node.ts';
import { systemRng } from '@flotilla/runtime/rng.ts';
import { clean, down, stopComponent, unknownComponents } from './commands/down.ts';
import { NODE_USAGE, nodeCommand } from './commands/node.ts';
import { findLogs, status } from './commands/status.ts';
import { up } from './commands/up.ts';
import { COMPONENT_NAMES, type ComponentName } from './components/components.ts';
import type { LocalContext } from './settings/context.ts';
import { logTail } from './processes/log-tail.ts';
import { makeStep } from './print/progress.ts';
import { nodeLayout } from './real-node/node-layout.ts';
import { parseSettings } from './settings/settings.ts';
import { stateFolder } from './files/state-folder.ts';

requireNode();

const USAGE = `usage: node local/main.ts <command>

  up [--without NAME]…   start the cluster, or what is missing of it; --brief leaves the summary out
  down                   stop what up started; the data stays
  status                 what runs, where, and its logs
  logs [NAME] [-n LINES] the end of a component's or a container's log; without NAME, the files
  stop NAME              stop one component; up brings it back
  clean                  down, and forget the data
  ${NODE_USAGE}
                         a real node instead, with containers; Linux, root

  NAME: ${COMPONENT_NAMES.join(', ')}
  PORT_OFFSET=1000 moves every port; FLOTILLA_STATE_DIR moves .local; FLOTILLA_CACHE the built programs.`;

const log = (line: string): void => console.log(line);
// `make up | head` must not stop half-way.
process.stdout.on('error', () => undefined);

async function run(argv: readonly string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...argv],
    allowPositionals: true,
    options: {
      brief: { type: 'boolean' },
      without: { type: 'string', multiple: true },
      lines: { type: 'string', short: 'n' },
      help: { type: 'boolean', short: 'h' },
    },
  });
  const [command, name] = positionals;
  if (values.help === true || command === undefined) {
    log(USAGE);
    return command === undefined && values.help !== true ? 2 : 0;
  }
  const context = makeContext();
  switch (command) {
    case 'up':
      await up(context, { without: componentNames(values.without ?? []), brief: values.brief === true });
      return 0;
    case 'down':
      await down(context);
      return 0;
    case 'clean':
      await clean(context);
      return 0;
    case 'status':
      status(context);
      return 0;
    case 'stop':
      for (const component of componentNames(name === undefined ? [] : [name])) await stopComponent(context, component);
      return 0;
    case 'node':
      return nodeCommand({ ...context, layout: nodeLayout() }, positionals.slice(1));
    case 'logs':
      return printLogs(context, name, Number(values.lines ?? '40'));
    default:
      throw new FlotillaError('CONFIG_INVALID', `unknown command ${JSON.stringify(command)}\n\n${USAGE}`);
  }
}

function makeContext(): LocalContext {
  const settings = parseSettings(process.env, resolve(import.meta.dirname, '..'));
  return {
    settings,
    folder: stateFolder(settings.stateDir),
    clock: systemClock,
    rng: systemRng,
    log,
    step: makeStep(systemClock, log),
    env: process.env,
    nodeBinary: process.execPath,
  };
}

function componentNames(names: readonly string[]): readonly ComponentName[] {
  const unknown = unknownComponents(names);
  if (unknown.length === 0) return names as readonly ComponentName[];
  throw new FlotillaError('CONFIG_INVALID', `unknown component ${unknown.join(', ')}; there are ${COMPONENT_NAMES.join(', ')}`);
}

function printLogs(context: LocalContext, name: string | undefined, lines: number): number {
  const files = findLogs(context, name ?? '');
  if (files.length === 0) log(name === undefined ? 'no logs yet' : `no log matches ${name}`);
  for (const file of files) log(name === undefined ? file : `==> ${file}\n${logTail(file, lines)}`);
  return files.length === 0 ? 1 : 0;
}

try {
  process.exitCode = await run(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof FlotillaError) && (error as { readonly code?: string }).code?.startsWith('ERR_PARSE_ARGS') !== true) throw error;
  console.error((error as Error).message);
  process.exitCode = 1;
}
