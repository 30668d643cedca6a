/** Each gate of `make check` refuses a file that it must refuse: a gate that cannot fail protects nothing. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';

const root = join(import.meta.dirname, '../..');
const fixtures = join(import.meta.dirname, 'fixtures/gates');

for (const { gate, file, run, says } of [
  { gate: 'tsc', file: 'type-error.ts', run: ['tsc', '-p', '.'], says: /TS2322/ },
  { gate: 'oxlint', file: 'floating-promise.ts', run: ['oxlint', '--type-aware', '--deny-warnings', 'exec'], says: /no-floating-promises/ },
  { gate: 'oxfmt', file: 'badly-formatted.ts', run: ['oxfmt', '--check', 'exec'], says: /badly-formatted\.ts/ },
  { gate: 'knip', file: 'nobody-imports-this.ts', run: ['knip', '--no-config-hints'], says: /nobody-imports-this\.ts/ },
] as const) {
  test(`${gate}: refuses ${file}, and passes without it`, () => {
    const folder = mkdtempSync(join(tmpdir(), 'flotilla-gate-'));
    try {
      makeProject(folder);
      const good = spawnSync(join(root, 'node_modules/.bin', run[0]), run.slice(1), { cwd: folder, encoding: 'utf8' });
      assert.equal(good.status, 0, `${gate} must pass a good project: ${good.stdout}${good.stderr}`);
      cpSync(join(fixtures, file), join(folder, 'exec', file));
      const bad = spawnSync(join(root, 'node_modules/.bin', run[0]), run.slice(1), { cwd: folder, encoding: 'utf8' });
      assert.notEqual(bad.status, 0);
      assert.match(bad.stdout + bad.stderr, says);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
}

/** A project of one good file under the project's own configuration. */
function makeProject(folder: string): void {
  for (const name of ['tsconfig.json', '.oxlintrc.json', '.oxfmtrc.json']) cpSync(join(root, name), join(folder, name));
  const knip = JSON.parse(readFileSync(join(root, 'knip.json'), 'utf8')) as { workspaces: object };
  writeFileSync(
    join(folder, 'knip.json'),
    JSON.stringify({ ...knip, workspaces: { '.': { entry: ['**/main.ts'], project: ['**/*.ts'] } } }),
  );
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ name: 'gate', private: true, type: 'module' }));
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
  mkdirSync(join(folder, 'exec'));
  writeFileSync(join(folder, 'exec', 'main.ts'), 'process.exitCode = 0;\n');
}
