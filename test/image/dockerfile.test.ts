/** Checks of the Dockerfile that need no Docker. */
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { lineage, readDockerfile, type Stage } from './read-dockerfile.ts';

const root = join(import.meta.dirname, '../..');
const stages = readDockerfile(readFileSync(join(root, 'Dockerfile'), 'utf8'));
const { workspaces, devDependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
  readonly workspaces: readonly string[];
  readonly devDependencies: Readonly<Record<string, string>>;
};
const TARGETS = ['operator', 'cli', 'flotilla'] as const;

const copies = (stage: Stage) => stage.instructions.filter(({ word }) => word === 'COPY');
const all = (name: string) => lineage(stages, name).flatMap(({ instructions }) => instructions);

test('Dockerfile: copies only existing files, and only from earlier stages', () => {
  for (const [index, stage] of stages.entries()) {
    const earlier = stages.slice(0, index).map(({ name }) => name);
    for (const { flags, rest, line } of copies(stage)) {
      if (flags['from'] !== undefined) assert.ok(earlier.includes(flags['from']), `line ${line}: no stage ${flags['from']} before`);
      else for (const source of rest.split(' ').slice(0, -1)) assert.ok(existsSync(join(root, source)), `line ${line}: no ${source}`);
    }
  }
});

test('Dockerfile: gives npm the manifest of every workspace, because the lockfile names them all', () => {
  const manifests = stages.find(({ name }) => name === 'manifests') ?? assert.fail('no stage manifests');
  const copied = copies(manifests).map(({ rest }) => rest);
  assert.deepEqual(
    copied.slice(1),
    workspaces.map((name) => `${name}/package.json ${name}/`),
  );
});

test('Dockerfile: builds with the Node.js version of the project', () => {
  const base = stages.find(({ name }) => name === 'manifests')?.base;
  assert.equal(base?.split('-')[0], `node:${devDependencies['node']}`);
});

test('Dockerfile: has the target with all services last, because a build without a target makes the last one', () => {
  assert.equal(stages.at(-1)?.name, 'flotilla');
});

for (const target of TARGETS) {
  test(`Dockerfile: ${target} runs as 65532 in /app, and needs no shell to be built`, () => {
    const instructions = all(target);
    assert.deepEqual(
      instructions.filter(({ word }) => word === 'USER').map(({ rest }) => rest),
      ['65532:65532'],
    );
    assert.ok(instructions.some(({ word, rest }) => word === 'WORKDIR' && rest === '/app'));
    for (const { word, exec, line } of instructions) assert.ok(word !== 'RUN' || exec !== undefined, `line ${line}: the base has no shell`);
  });

  test(`Dockerfile: ${target} fills the compile cache for the programs that it starts`, () => {
    const warmed = all(target).flatMap(({ word, exec }) => (word === 'RUN' ? (exec?.slice(2) ?? []) : []));
    for (const entryPoint of warmed) assert.ok(existsSync(join(root, entryPoint)), entryPoint);
    const started = lineage(stages, target)[0]?.instructions.flatMap(({ word, exec }) =>
      word === 'CMD' || word === 'ENTRYPOINT' ? (exec ?? []) : [],
    );
    for (const word of started ?? []) assert.ok(!word.endsWith('.ts') || warmed.includes(word), word);
  });
}

test('.dockerignore: includes every copied file, and excludes tests', () => {
  const lines = readFileSync(join(root, '.dockerignore'), 'utf8').split('\n');
  assert.equal(
    lines.find((line) => line !== '' && !line.startsWith('#')),
    '*',
  );
  for (const { flags, rest } of stages.flatMap(copies)) {
    if (flags['from'] !== undefined) continue;
    for (const source of rest.split(' ').slice(0, -1)) {
      const admitted = lines.includes(`!${source}`) || (source.endsWith('/package.json') && lines.includes('!*/package.json'));
      assert.ok(admitted, source);
    }
  }
  for (const pattern of ['**/*.test.ts', '**/testing', '**/node_modules']) assert.ok(lines.includes(pattern), pattern);
});

test('readDockerfile: refuses an instruction before the first FROM', () => {
  assert.throws(() => readDockerfile('RUN true\n'), /line 1: expected FROM before RUN/);
});
