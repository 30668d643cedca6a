/** Every TypeScript file of the project, without dependencies, fixtures and local state. */
import { globSync } from 'node:fs';

export const SKIPPED_FOLDERS: ReadonlySet<string> = new Set(['node_modules', '.local', '.cache', '.git', 'fixtures']);

/** Paths relative to `root`, sorted. */
export function listSources(root: string): readonly string[] {
  return globSync('**/*.ts', { cwd: root, exclude: (name) => SKIPPED_FOLDERS.has(name.split('/').at(-1) ?? name) }).toSorted();
}
