/** `node crds/main.ts` writes `generated/`; with `--check` it writes nothing and fails when a file there is out of date. */
import { readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { RESOURCES } from '@flotilla/contracts/resources/catalogue.ts';
import { renderCrd } from './generate.ts';

const folder = join(import.meta.dirname, 'generated');
const wanted = new Map(RESOURCES.map((resource) => [`${resource.plural}.yaml`, renderCrd(resource)]));
const present = readdirSync(folder).filter((name) => name.endsWith('.yaml'));

const extra = present.filter((name) => !wanted.has(name));
const stale = [...wanted].filter(([name, text]) => !present.includes(name) || readFileSync(join(folder, name), 'utf8') !== text);

if (!process.argv.includes('--check')) {
  for (const [name, text] of stale) writeFileSync(join(folder, name), text);
  for (const name of extra) rmSync(join(folder, name));
  console.log(`crds: ${stale.length} written, ${extra.length} removed, ${wanted.size - stale.length} unchanged`);
} else if (stale.length + extra.length > 0) {
  console.error(`crds: stale: ${[...stale.map(([name]) => name), ...extra].join(', ')}; run: node crds/main.ts`);
  process.exitCode = 1;
} else {
  console.log(`crds: ${wanted.size} up to date`);
}
