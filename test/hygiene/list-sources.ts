/** Every TypeScript file of the project, without dependencies, fixtures and local state. */
import { globSync } from 'node:fs';

const SKIPPED = new Set(['node_modules', '.local', '.git', 'fixtures']);

/** Paths relative to `root`, sorted. */
export function listSources(root: string): readonly string[] {
  return globSync('**/*.ts', { cwd: root, exclude: (name) => SKIPPED.has(name.split('/').at(-1) ?? name) }).toSorted();
}
