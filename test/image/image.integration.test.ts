/** The image as the Dockerfile builds it, run as a cluster would: an unprivileged user on a root that cannot be written. */
import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { makeImageByHand, runInside } from './make-image-by-hand.ts';

const checkoutDir = join(import.meta.dirname, '../..');
const ENVIRONMENT = { PATH: '/usr/local/bin:/usr/bin:/bin', NODE_ENV: 'production', NODE_COMPILE_CACHE: '/app/.compile-cache' };
const skip = process.getuid?.() === 0 ? false : 'needs root, to change owners and roots';
let workDir = '';
let rootDir = '';

before(() => {
  if (skip !== false) return;
  workDir = mkdtempSync(join(tmpdir(), 'flotilla-image-'));
  rootDir = makeImageByHand('flotilla', { checkoutDir, workDir, node: join(checkoutDir, 'node_modules/node/bin/node') });
});
after(() => {
  if (workDir !== '') rmSync(workDir, { recursive: true, force: true });
});

const inside = (...command: readonly string[]): string =>
  runInside(rootDir, { user: '65532:65532', workingDir: '/app', environment: ENVIRONMENT, command, readOnly: true });

for (const service of ['operator', 'gateway', 'agents', 'exec', 'audit']) {
  test(`image: ${service} loads, and asks for its settings`, { skip }, () => {
    assert.match(inside('node', `${service}/main.ts`), new RegExp(`^${service} cannot start: \\d+ invalid settings?:`));
  });
}

test('image: the jobs of the chart, the verifier and the command line load', { skip }, () => {
  assert.match(inside('node', 'operator/credentials/main.ts'), /^credentials cannot start/);
  assert.match(inside('node', 'operator/uninstall/main.ts'), /^uninstall cannot start/);
  assert.match(inside('node', 'cli/main.ts', '--help'), /Usage: /);
  assert.match(inside('node', 'audit/verify/main.ts'), /usage/i);
});

test('image: runs as 65532 and can write nothing but temporary volumes', { skip }, () => {
  const script = `console.log(process.getuid()); require('fs').writeFileSync('/app/x', '')`;
  assert.match(inside('node', '-e', script), /^65532\n[^]*EROFS/);
});

test('image: finds its code compiled', { skip }, () => {
  const script = `import('/app/operator/settings.ts').then(() => console.log(require('module').getCompileCacheDir()))`;
  assert.match(inside('node', '-e', script), /\/app\/\.compile-cache/);
  assert.equal(readdirSync(join(rootDir, 'app', '.compile-cache')).length, 1, 'of one user and one Node.js');
  const [of = ''] = readdirSync(join(rootDir, 'app', '.compile-cache'));
  assert.ok(readdirSync(join(rootDir, 'app', '.compile-cache', of)).length > 300);
});

test('image: holds no test, no development dependency and no package manager', { skip }, () => {
  const files = readdirSync(join(rootDir, 'app'), { recursive: true, encoding: 'utf8' });
  assert.deepEqual(
    files.filter((path) => path.endsWith('.test.ts') && !path.startsWith('node_modules/')),
    [],
  );
  for (const name of ['typescript', 'oxlint', 'fast-check', 'node', 'oxc-parser']) {
    assert.equal(existsSync(join(rootDir, 'app/node_modules', name)), false, name);
  }
  for (const program of ['bin/sh', 'usr/local/bin/npm']) assert.equal(existsSync(join(rootDir, program)), false, program);
});
