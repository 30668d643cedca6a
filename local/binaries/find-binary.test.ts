import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { cachedBinary, findBinary } from './find-binary.ts';
import { pinned } from './pinned.ts';

const NATS = pinned('nats-server');

function program(folder: string, name: string, version: string): string {
  mkdirSync(folder, { recursive: true });
  const path = join(folder, name);
  writeFileSync(path, `#!/bin/sh\necho "nats-server: v${version}"\n`);
  chmodSync(path, 0o755);
  return path;
}

async function withFolder(run: (folder: string) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'flotilla-binaries-'));
  try {
    await run(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

test('findBinary: takes PATH, when it is new enough, else the cache', async () => {
  await withFolder(async (folder) => {
    const settings = { binDir: undefined, pathDirs: [join(folder, 'path')], cacheDir: join(folder, 'cache') };
    assert.equal(await findBinary(NATS, settings), undefined);
    const old = program(join(folder, 'path'), 'nats-server', '2.9.10');
    assert.equal(await findBinary(NATS, settings), undefined, `${old} is too old`);
    const cached = program(join(folder, 'cache', 'bin'), NATS.cacheName, '2.15.2');
    assert.equal(cached, cachedBinary(NATS, settings.cacheDir));
    assert.deepEqual(await findBinary(NATS, settings), { path: cached, from: 'cache' });
    const recent = program(join(folder, 'path'), 'nats-server', '2.16.0');
    assert.deepEqual(await findBinary(NATS, settings), { path: recent, from: 'PATH' });
  });
});

test('findBinary: follows a link in PATH, so that a link of ours is never made to point at itself', async () => {
  await withFolder(async (folder) => {
    const cached = program(join(folder, 'cache', 'bin'), NATS.cacheName, '2.15.2');
    mkdirSync(join(folder, 'bin'));
    symlinkSync(cached, join(folder, 'bin', 'nats-server'));
    const settings = { binDir: undefined, pathDirs: [join(folder, 'bin')], cacheDir: join(folder, 'cache') };
    assert.equal((await findBinary(NATS, settings))?.path, cached);
  });
});

test('findBinary: takes the folder that was set by hand before anything else, whatever the version', async () => {
  await withFolder(async (folder) => {
    const byHand = program(join(folder, 'hand'), 'nats-server', '1.0.0');
    program(join(folder, 'path'), 'nats-server', '2.15.2');
    const settings = { binDir: join(folder, 'hand'), pathDirs: [join(folder, 'path')], cacheDir: join(folder, 'cache') };
    assert.deepEqual(await findBinary(NATS, settings), { path: byHand, from: 'FLOTILLA_BIN_DIR' });
  });
});
