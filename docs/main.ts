/** Writes the reference pages; with `--check` it only compares and exits 1 when one is stale. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { referencePages } from './pages/mod.ts';

const folder = join(import.meta.dirname, 'reference');
const check = process.argv.includes('--check');
let stale = 0;
for (const [name, text] of Object.entries(referencePages())) {
  const path = join(folder, name);
  const current = readOrEmpty(path);
  if (current === text) continue;
  stale += 1;
  if (check) console.error(`docs/reference/${name} is stale: run make docs`);
  else {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  }
}
console.log(check ? `docs: ${stale === 0 ? 'ok' : `${stale} stale`}` : `docs: ${stale} pages written`);
if (check && stale > 0) process.exit(1);

function readOrEmpty(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
