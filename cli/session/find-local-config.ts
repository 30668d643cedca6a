/** Finds `.local/cli.json` in the checkout of the working directory, or else in the checkout of this command. */
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { CliError } from './cli-error.ts';
import type { LocalConfig } from './context.ts';

const CHECKOUT = fileURLToPath(new URL('../..', import.meta.url));
const FILE = join('.local', 'cli.json');

/** Empty when the file does not exist; a file that `explicitPath` names must exist. @throws CliError for a file that is not JSON. */
export function findLocalConfig(workingDirectory: string, explicitPath: string | undefined): LocalConfig {
  if (explicitPath !== undefined) {
    const found = readConfig(explicitPath);
    if (found === undefined)
      throw new CliError(`expected a readable file ${explicitPath}, found none`, {
        hint: 'Give the path of a cli.json, or leave --config away.',
      });
    return found;
  }
  for (const folder of [...withParents(workingDirectory), CHECKOUT]) {
    const found = readConfig(join(folder, FILE));
    if (found !== undefined) return found;
  }
  return {};
}

function withParents(folder: string): readonly string[] {
  const parent = dirname(folder);
  return parent === folder ? [folder] : [folder, ...withParents(parent)];
}

function readConfig(path: string): LocalConfig | undefined {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
  try {
    return JSON.parse(text) as LocalConfig;
  } catch (cause) {
    throw new CliError(`expected JSON in ${path}, found something else`, { hint: 'Run "make up" to write it anew.', cause });
  }
}
