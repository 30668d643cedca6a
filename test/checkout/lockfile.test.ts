/** Checks that the lockfile is complete: it locks every installed package on every platform. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

interface LockedPackage {
  readonly version?: string;
  readonly integrity?: string;
  readonly link?: boolean;
  readonly inBundle?: boolean;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}
type Locked = Readonly<Record<string, LockedPackage>>;

const lockfile = JSON.parse(readFileSync(join(import.meta.dirname, '../../package-lock.json'), 'utf8')) as { readonly packages: Locked };

/** Optional packages that no entry of the lockfile answers, by npm's way of looking upwards through `node_modules`. */
function missingOptionals(packages: Locked): readonly string[] {
  return Object.entries(packages).flatMap(([path, { optionalDependencies }]) =>
    Object.keys(optionalDependencies ?? {})
      .filter((name) => !placesOf(path, name).some((place) => Object.hasOwn(packages, place)))
      .map((name) => `${path}: ${name}`),
  );
}

function placesOf(path: string, name: string): readonly string[] {
  const parts = path.split('/node_modules/');
  const nested = parts.map((_, index) => `${parts.slice(0, index + 1).join('/node_modules/')}/node_modules/${name}`);
  return [...nested, `node_modules/${name}`];
}

test('package-lock.json: locks the optional packages of every platform', () => {
  assert.deepEqual(missingOptionals(lockfile.packages), []);
});

test('package-lock.json: has a hash for every package that is downloaded', () => {
  const open = Object.entries(lockfile.packages).filter(
    ([path, { link, inBundle, integrity }]) =>
      path.includes('node_modules/') && link !== true && inBundle !== true && integrity === undefined,
  );
  assert.deepEqual(
    open.map(([path]) => path),
    [],
  );
});

test('Makefile, Dockerfile: install exactly what the lockfile locks', () => {
  const lines = ['Makefile', 'Dockerfile'].flatMap((name) =>
    readFileSync(join(import.meta.dirname, '../..', name), 'utf8')
      .split('\n')
      .flatMap((line) => /\bnpm (ci|i|install|add|update)\b/.exec(line)?.[1] ?? []),
  );
  assert.deepEqual(new Set(lines), new Set(['ci']));
});

test('missingOptionals: finds the platform that was not locked', () => {
  const tool = { version: '1.0.0', optionalDependencies: { 'tool-linux': '1.0.0', 'tool-darwin': '1.0.0' } };
  assert.deepEqual(missingOptionals({ 'node_modules/tool': tool, 'node_modules/tool-linux': {} }), ['node_modules/tool: tool-darwin']);
  assert.deepEqual(
    missingOptionals({ 'node_modules/tool': tool, 'node_modules/tool/node_modules/tool-darwin': {}, 'node_modules/tool-linux': {} }),
    [],
  );
});
