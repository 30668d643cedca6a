import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { composeLog, writeComposed } from '../testing/composed-log.ts';
import { sampleRecords, temporaryFolder } from '../testing/sample-log.ts';
import { verifyFolder } from './verify-folder.ts';

const temporary = await temporaryFolder();
after(() => temporary.remove());
const { folder } = temporary;
await writeComposed(folder, composeLog(sampleRecords(7, 'main'), [5]));
const { root = '', verifierKey = '' } = await verifyFolder(folder);

function run(...args: readonly string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(import.meta.dirname, 'main.ts'), ...args], { encoding: 'utf8' });
  return { status, stdout, stderr };
}

test('verify/main.ts: prints what was proven and exits with 0, when the log is good', () => {
  assert.deepEqual(run(folder, '--key', verifierKey, '--expect-size', '5', '--expect-root', root), {
    status: 0,
    stdout: `verified: 7 entries, 5 of them under 1 checkpoints\nroot ${root} signed at 2026-09-21T14:13:20.005Z\nkey  ${verifierKey}\n`,
    stderr: '',
  });
});

test('verify/main.ts: prints the place and exits with 1, when the log is not what the options ask for', () => {
  const sealed = run(folder, '--sealed');
  assert.deepEqual([sealed.status, sealed.stdout], [1, '']);
  assert.match(sealed.stderr, /^NOT VERIFIED: segment-0{16}\.jsonl, line 6, entry 5: .* \[UNSIGNED_TAIL\]\n$/);
  assert.match(run(folder, '--key', 'other').stderr, /KEY_INVALID/);
  assert.match(run(folder, '--expect-size', '5', '--expect-root', 'other').stderr, /NOT_THE_TRUSTED_LOG/);
});

for (const { what, args } of [
  { what: 'no folder is named', args: [] },
  { what: 'a size comes without a root', args: [folder, '--expect-size', '5'] },
  { what: 'a root comes without a size', args: [folder, '--expect-root', root] },
  { what: 'the size is not a number', args: [folder, '--expect-size', 'five', '--expect-root', root] },
]) {
  test(`verify/main.ts: prints its usage and exits with 2, when ${what}`, () => {
    const { status, stderr } = run(...args);
    assert.equal(status, 2);
    assert.match(stderr, /^usage: /);
  });
}

test('verify/main.ts: warns of a private key in the folder, and says what a log without a checkpoint lacks', async () => {
  const other = join(folder, 'other');
  await writeComposed(other, composeLog(sampleRecords(2, 'main'), []));
  await writeFile(join(other, 'key.pem'), '-----BEGIN PRIVATE KEY-----\n');
  const { status, stdout, stderr } = run(other);
  assert.equal(status, 0);
  assert.match(stdout, /^verified: 2 entries, 0 of them under 0 checkpoints\nroot \(no checkpoint yet\) signed at -\nkey /);
  assert.match(stderr, /^warning: key\.pem in the folder is a private key/);
});
