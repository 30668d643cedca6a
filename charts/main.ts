/** `node charts/main.ts` writes what in the charts comes from code; with `--check` it writes nothing and fails when something is stale. */
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { generatedFiles } from './generate.ts';

const here = import.meta.dirname;
const source = join(here, '..', 'crds', 'generated');
const definitions = Object.fromEntries(
  readdirSync(source)
    .filter((name) => name.endsWith('.yaml'))
    .map((name) => [name, readFileSync(join(source, name), 'utf8')]),
);
const files = generatedFiles(definitions);
const stale = Object.entries(files).filter(([path, text]) => read(path) !== text);
const extra = readdirSync(join(here, 'flotilla-crds', 'templates'))
  .map((name) => `flotilla-crds/templates/${name}`)
  .filter((path) => path.endsWith('.yaml') && !(path in files));

if (!process.argv.includes('--check')) {
  for (const [path, text] of stale) {
    mkdirSync(dirname(join(here, path)), { recursive: true });
    writeFileSync(join(here, path), text);
  }
  for (const path of extra) rmSync(join(here, path));
  process.stdout.write(`charts: ${stale.length} written, ${extra.length} removed, ${Object.keys(files).length - stale.length} unchanged\n`);
} else if (stale.length + extra.length > 0) {
  process.stderr.write(`charts: stale: ${[...stale.map(([path]) => path), ...extra].join(', ')}; run: node charts/main.ts\n`);
  process.exitCode = 1;
} else {
  process.stdout.write(`charts: ${Object.keys(files).length} up to date\n`);
}

function read(path: string): string | undefined {
  try {
    return readFileSync(join(here, path), 'utf8');
  } catch {
    return undefined;
  }
}
