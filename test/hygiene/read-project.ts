/** Reads the checkout into what the hygiene rules judge. */
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readFieldDescriptions } from './field-descriptions.ts';
import { listSources, SKIPPED_FOLDERS } from './list-sources.ts';
import type { Project } from './rules.ts';
import { readSourceFile } from './source-file.ts';

export function readProject(root: string): Project {
  const pages = globSync('**/*.md', { cwd: root, exclude: (name) => SKIPPED_FOLDERS.has(name.split('/').at(-1) ?? name) });
  return {
    sources: listSources(root).map((path) => readSourceFile(root, path)),
    pages: new Map(pages.toSorted().map((path) => [path, readFileSync(join(root, path), 'utf8')])),
    descriptions: readFieldDescriptions(root),
  };
}
