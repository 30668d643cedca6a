/** The command line as it describes itself: the help of `flotilla` and of each of its commands. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { page } from './markdown.ts';

const MAIN = join(import.meta.dirname, '..', '..', 'cli', 'main.ts');
/** Two levels: `audit verify` is a command of a command. */
const DEPTH_MAX = 2;

export function commandLinePage(): string {
  return page(
    'Command line',
    '`npx flotilla` in a checkout, or `kubectl flotilla` with the command on the `PATH`. What `--help` prints:',
    ...sections([], 0),
  );
}

function sections(words: readonly string[], depth: number): readonly string[] {
  const help = helpOf(words);
  const own = [`## ${['flotilla', ...words].join(' ')}`, `\`\`\`text\n${help.trimEnd()}\n\`\`\``];
  return depth >= DEPTH_MAX ? own : [...own, ...commandsIn(help).flatMap((name) => sections([...words, name], depth + 1))];
}

/** Names under the heading `Commands:`. */
function commandsIn(help: string): readonly string[] {
  const list = /\nCommands:\n((?: {2,}.*\n)+)/.exec(help)?.[1] ?? '';
  return [...list.matchAll(/^ {2}([a-z][a-z-]*)/gm)].map(([, name = '']) => name).filter((name) => name !== 'help');
}

function helpOf(words: readonly string[]): string {
  const env = { NO_COLOR: '1' };
  const { status, stdout, stderr } = spawnSync(process.execPath, [MAIN, ...words, '--help'], { encoding: 'utf8', env });
  if (status !== 0) throw new Error(`flotilla ${words.join(' ')} --help ended with ${status}: ${stderr}`);
  return stdout;
}
