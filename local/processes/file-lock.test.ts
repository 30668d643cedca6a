import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { withFileLock } from './file-lock.ts';

test('withFileLock: lets one in at a time and tells the one that waits', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'flotilla-lock-'));
  const path = join(folder, 'lock');
  const happened: string[] = [];
  const waiting = Promise.withResolvers<void>();
  const entered = Promise.withResolvers<void>();
  try {
    const first = withFileLock(
      path,
      () => happened.push('first waits'),
      async () => {
        entered.resolve();
        await waiting.promise;
        happened.push('first leaves');
      },
    );
    await entered.promise;
    const second = withFileLock(
      path,
      () => (happened.push('second waits'), waiting.resolve()),
      () => Promise.resolve(happened.push('second enters')),
    );
    await Promise.all([first, second]);
    assert.deepEqual(happened, ['second waits', 'first leaves', 'second enters']);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('withFileLock: is free again, when the holder throws', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'flotilla-lock-'));
  const path = join(folder, 'lock');
  try {
    await assert.rejects(
      withFileLock(
        path,
        () => undefined,
        () => Promise.reject(new Error('boom')),
      ),
      /boom/,
    );
    assert.equal(
      await withFileLock(
        path,
        () => undefined,
        () => Promise.resolve('in'),
      ),
      'in',
    );
  } finally {
    rmSync(folder, { recursive: true });
  }
});
