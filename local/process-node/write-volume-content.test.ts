import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { ContainerBlocked } from './object-source.ts';
import type { VolumeContent } from './volume-content.ts';
import { writeVolumeContent } from './write-volume-content.ts';

function content(files: Readonly<Record<string, string>>): VolumeContent {
  return new Map(Object.entries(files).map(([path, text]) => [path, Buffer.from(text)]));
}

function withFolder(run: (folder: string) => void): void {
  const folder = mkdtempSync(join(tmpdir(), 'flotilla-volume-'));
  try {
    run(join(folder, 'volume'));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const visible = (folder: string): readonly string[] => readdirSync(folder).filter((name) => !name.startsWith('..'));

test('writeVolumeContent: holds exactly the files of the last content, when the content changed', () => {
  withFolder((folder) => {
    assert.equal(writeVolumeContent(folder, content({ a: '1', 'deep/b': '2' })), true);
    assert.equal(readFileSync(join(folder, 'deep/b'), 'utf8'), '2');
    assert.equal(writeVolumeContent(folder, content({ a: '3', c: '4' })), true);
    assert.deepEqual(visible(folder), ['a', 'c']);
    assert.equal(readFileSync(join(folder, 'a'), 'utf8'), '3');
    assert.equal(existsSync(join(folder, 'deep')), false);
    assert.equal(readdirSync(folder).filter((name) => name.startsWith('..generation')).length, 1);
  });
});

test('writeVolumeContent: changes nothing, when the content is the same', () => {
  withFolder((folder) => {
    writeVolumeContent(folder, content({ a: '1' }));
    const before = statSync(join(folder, 'a')).ino;
    assert.equal(writeVolumeContent(folder, content({ a: '1' })), false);
    assert.equal(statSync(join(folder, 'a')).ino, before);
  });
});

test('writeVolumeContent: keeps other users from reading', () => {
  withFolder((folder) => {
    writeVolumeContent(folder, content({ a: '1' }));
    assert.equal(statSync(join(folder, 'a')).mode & 0o077, 0);
    assert.equal(statSync(folder).mode & 0o077, 0);
  });
});

for (const path of ['../a', '/a', 'x/../../a']) {
  test(`writeVolumeContent: refuses the path ${path}, because it leaves the volume`, () => {
    withFolder((folder) => assert.throws(() => writeVolumeContent(folder, content({ [path]: '1' })), ContainerBlocked));
  });
}
