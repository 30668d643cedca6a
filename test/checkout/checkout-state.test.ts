import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { checkoutChanges, readCheckoutState } from './checkout-state.ts';

const folder = mkdtempSync(join(tmpdir(), 'flotilla-checkout-'));
after(() => rmSync(folder, { recursive: true }));

test('readCheckoutState: gives undefined, when the folder is not a checkout', () => {
  assert.equal(readCheckoutState(folder), undefined);
  assert.deepEqual(checkoutChanges(undefined, undefined), []);
});

test('checkoutChanges: names each file that is new, changed or deleted, and no file that was changed before', () => {
  const git = (...words: readonly string[]) => assert.equal(spawnSync('git', words, { cwd: folder }).status, 0, words.join(' '));
  const write = (name: string, text: string) => writeFileSync(join(folder, name), text);
  git('init', '-q');
  for (const name of ['kept', 'edited', 'edited-twice', 'deleted']) write(name, 'one');
  write('.gitignore', 'ignored\n');
  git('add', '.');
  git('-c', 'user.name=t', '-c', 'user.email=t@example.com', 'commit', '-qm', 'first');
  write('kept', 'work of the developer');
  write('edited-twice', 'work of the developer');
  const before = readCheckoutState(folder);
  assert.deepEqual(checkoutChanges(before, readCheckoutState(folder)), []);
  write('edited', 'two');
  write('edited-twice', 'overwritten');
  write('new', 'one');
  write('ignored', 'one');
  rmSync(join(folder, 'deleted'));
  assert.deepEqual(checkoutChanges(before, readCheckoutState(folder)).toSorted(), [' D deleted', ' M edited', ' M edited-twice', '?? new']);
});
