import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { AssertionError } from '@flotilla/contracts/errors/assert.ts';
import { takeOffset } from './take-offset.ts';

const folder = mkdtempSync(join(tmpdir(), 'flotilla-offsets-'));
after(() => rmSync(folder, { recursive: true }));

test('takeOffset: gives no offset twice before it is free again, and says so when none is left', () => {
  const taken = Array.from({ length: 15 }, () => takeOffset(folder));
  assert.equal(new Set(taken.map(({ offset }) => offset)).size, 15);
  assert.throws(() => takeOffset(folder), AssertionError);
  taken[3]?.free();
  assert.equal(takeOffset(folder).offset, taken[3]?.offset);
  for (const { free } of taken) free();
});

test('takeOffset: takes the offset of a process that has ended', () => {
  const { pid } = spawnSync(process.execPath, ['--version']);
  for (let offset = 9_000; offset < 24_000; offset += 1_000) writeFileSync(join(folder, `flotilla-offset-${offset}`), String(pid));
  takeOffset(folder).free();
});
