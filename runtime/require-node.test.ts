import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'node:test';
import { nodeProblem } from './require-node.ts';

const TWIN = join(import.meta.dirname, '../cli/bin/require-node.js');
const CASES = [
  ['20.20.2', /expected Node 24\.12 or newer, found Node 20\.20\.2/],
  ['24.11.9', /found Node 24\.11\.9/],
  ['24.12.0', undefined],
  ['26.10.0', undefined],
] as const;

for (const [version, says] of CASES) {
  test(`nodeProblem: ${says === undefined ? 'accepts' : 'names the version that it needs for'} ${version}, in TypeScript and in JavaScript`, () => {
    const script = `import { nodeProblem } from ${JSON.stringify(TWIN)}; process.stdout.write(nodeProblem('${version}') ?? '');`;
    const twin = spawnSync(process.execPath, ['--input-type=module', '--eval', script], { encoding: 'utf8' }).stdout;
    for (const problem of [nodeProblem(version) ?? '', twin]) {
      if (says === undefined) assert.equal(problem, '');
      else assert.match(problem, says);
    }
  });
}
