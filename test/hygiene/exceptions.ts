/** The lists of known exceptions on disk: one file for each rule, one key a line, sorted. */
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export const EXCEPTIONS_FOLDER = 'test/hygiene/exceptions';

export function exceptionsPath(rule: string): string {
  return `${EXCEPTIONS_FOLDER}/${rule}.txt`;
}

/** Empty when the rule has no exceptions. */
export function readExceptions(root: string, rule: string): readonly string[] {
  const path = join(root, exceptionsPath(rule));
  return existsSync(path) ? readFileSync(path, 'utf8').split('\n').filter(Boolean) : [];
}

/** An empty list leaves no file. */
export function writeExceptions(root: string, rule: string, keys: Iterable<string>): void {
  const path = join(root, exceptionsPath(rule));
  const lines = [...new Set(keys)].toSorted();
  if (lines.length === 0) rmSync(path, { force: true });
  else writeFileSync(path, `${lines.join('\n')}\n`);
}
