/**
 * `make exceptions`: removes from the lists of exceptions what violates its rule no more, and prints what each rule still excuses.
 *
 * It never adds a line. An exception for new code is added by hand, and a reviewer sees it.
 */
import { join } from 'node:path';
import { readExceptions, writeExceptions } from './exceptions.ts';
import { readProject } from './read-project.ts';
import { RULES } from './rules.ts';

const root = join(import.meta.dirname, '../..');
const project = readProject(root);
for (const [rule, find] of Object.entries(RULES)) {
  const found = new Set(find(project).map(({ key }) => key));
  const before = readExceptions(root, rule);
  const after = before.filter((key) => found.has(key));
  writeExceptions(root, rule, after);
  const unlisted = [...found].filter((key) => !before.includes(key)).length;
  console.log(
    `${rule.padEnd(20)} ${String(after.length).padStart(4)} known, ${before.length - after.length} removed, ${unlisted} not listed`,
  );
}
