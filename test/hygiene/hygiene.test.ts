/** The design's import directions and the ban on ambient time, randomness and environment, held against every source file. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { isKernel, kernelImportViolations, kernelWordViolations } from './kernel.ts';
import { ambientViolations, layerViolations } from './layers.ts';
import { listSources } from './list-sources.ts';
import { readSourceFile } from './source-file.ts';

const root = join(import.meta.dirname, '../..');
const sources = listSources(root).map((path) => readSourceFile(root, path));

test('listSources: finds the project, when run from any folder', () => {
  assert.ok(sources.length > 50, `expected the whole project, found ${sources.length} files`);
  assert.ok(sources.some(({ path }) => path === 'contracts/mod.ts'));
});

test('imports: go only in the directions of the design', () => {
  assert.deepEqual(
    sources.flatMap(({ path, imports }) => layerViolations(path, imports)),
    [],
  );
});

test('ambient state: is read in adapters and composition roots alone', () => {
  assert.deepEqual(
    sources.flatMap(({ path, ambient }) => ambientViolations(path, ambient)),
    [],
  );
});

test('kernel: is a library without words of the domain and stands on nothing that has them', () => {
  const kernel = sources.filter(({ path }) => isKernel(path));
  assert.ok(kernel.length > 50, `expected the whole kernel, found ${kernel.length} files`);
  assert.deepEqual(
    kernel.flatMap(({ path, imports }) => [
      ...kernelImportViolations(path, imports),
      ...kernelWordViolations(path, readFileSync(join(root, path), 'utf8')),
    ]),
    [],
  );
});

const fixture = (name: string) => readSourceFile(join(import.meta.dirname, 'fixtures'), name);

for (const [as, expected] of [
  ['exec/orders/order.ts', ['../../agents/mod.ts', '@flotilla/agents', '@flotilla/gateway/mod.ts', '@kubernetes/client-node', 'fastify']],
  [
    'contracts/x.ts',
    ['../../agents/mod.ts', '@flotilla/agents', '@flotilla/gateway/mod.ts', '@kubernetes/client-node', 'fastify', 'node:fs', 'yaml'],
  ],
  ['kube/objects/x.ts', ['../../agents/mod.ts', '@flotilla/agents', '@flotilla/gateway/mod.ts', 'fastify']],
  ['local/x/y.ts', ['../../agents/mod.ts', '@kubernetes/client-node', 'fastify']],
] as const) {
  test(`layerViolations: refuses each forbidden import of the fixture, when it stands at ${as}`, () => {
    const found = layerViolations(as, fixture('forbidden-imports.ts').imports).map((line) => /imports (\S+):/.exec(line)?.[1]);
    assert.deepEqual(found.toSorted(), [...expected].toSorted());
  });
}

test('ambientViolations: refuses each ambient use of the fixture, when it stands in a pure folder', () => {
  const wanted = readFileSync(join(import.meta.dirname, 'fixtures/ambient-uses.ts'), 'utf8')
    .split('\n')
    .flatMap((line, index) => (line.includes('// ambient') ? [index + 1] : []));
  const found = ambientViolations('exec/orders/order.ts', fixture('ambient-uses.ts').ambient).map((line) => Number(line.split(':')[1]));
  assert.deepEqual(
    [...new Set(found)].toSorted((a, b) => a - b),
    wanted,
  );
});

test('kernelImportViolations, kernelWordViolations: find each marked line of the fixture and no other, when it stands in the kernel', () => {
  const path = 'kube/objects/x.ts';
  const text = readFileSync(join(import.meta.dirname, 'fixtures/kernel-domain.ts'), 'utf8');
  const marked = (mark: string) =>
    text.split('\n').flatMap((line, index) => (line.split('//')[1]?.includes(mark) === true ? [index + 1] : []));
  const lines = (found: readonly string[]) => found.map((line) => Number(line.split(':')[1]));
  const imports = kernelImportViolations(path, fixture('kernel-domain.ts').imports);
  assert.deepEqual(lines(imports), marked('import'));
  assert.deepEqual(lines(kernelWordViolations(path, text)), marked('word'));
  assert.deepEqual(kernelWordViolations('operator/strategy/plan.ts', text), []);
});
