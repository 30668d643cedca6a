import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { composeLog, writeComposed } from '../testing/composed-log.ts';
import { sampleRecords, temporaryFolder } from '../testing/sample-log.ts';
import { runVerify } from './run-verify.ts';
import { verifyFolder } from './verify-folder.ts';

const temporary = await temporaryFolder();
after(() => temporary.remove());
const { folder } = temporary;
await writeComposed(folder, composeLog(sampleRecords(7, 'main'), [5]));
const { root = '', verifierKey = '' } = await verifyFolder(folder);

test('runVerify: tells what was proven, when the log is good', async () => {
  assert.deepEqual(await runVerify([folder, '--key', verifierKey, '--expect-size', '5', '--expect-root', root]), {
    exitCode: 0,
    stdout: `verified: 7 entries, 5 of them under 1 checkpoints\nroot ${root} signed at 2026-09-21T14:13:20.005Z\nkey  ${verifierKey}\n`,
    stderr: '',
  });
});

for (const { what, args, text } of [
  { what: 'it is to be sealed', args: ['--sealed'], text: /^NOT VERIFIED: segment-0{16}\.jsonl, line 6, entry 5: .* \[UNSIGNED_TAIL\]\n$/ },
  { what: 'the key is another', args: ['--key', 'other'], text: /\[KEY_INVALID\]/ },
  { what: 'the trusted root is another', args: ['--expect-size', '5', '--expect-root', 'other'], text: /\[NOT_THE_TRUSTED_LOG\]/ },
]) {
  test(`runVerify: tells the place, when ${what}`, async () => {
    const { exitCode, stdout, stderr } = await runVerify([folder, ...args]);
    assert.deepEqual([exitCode, stdout], [1, '']);
    assert.match(stderr, text);
  });
}

for (const { what, args } of [
  { what: 'no folder is named', args: [] },
  { what: 'a size comes without a root', args: [folder, '--expect-size', '5'] },
  { what: 'a root comes without a size', args: [folder, '--expect-root', root] },
  { what: 'the size is not a number', args: [folder, '--expect-size', 'five', '--expect-root', root] },
]) {
  test(`runVerify: tells its usage, when ${what}`, async () => {
    const { exitCode, stdout, stderr } = await runVerify(args);
    assert.deepEqual([exitCode, stdout], [2, '']);
    assert.match(stderr, /^usage: /);
  });
}

test('runVerify: warns of a private key in the folder, and says what a log without a checkpoint lacks', async () => {
  const other = join(folder, 'other');
  await writeComposed(other, composeLog(sampleRecords(2, 'main'), []));
  await writeFile(join(other, 'key.pem'), '-----BEGIN PRIVATE KEY-----\n');
  const { exitCode, stdout, stderr } = await runVerify([other]);
  assert.equal(exitCode, 0);
  assert.match(stdout, /^verified: 2 entries, 0 of them under 0 checkpoints\nroot \(no checkpoint yet\) signed at -\nkey /);
  assert.match(stderr, /^warning: key\.pem in the folder is a private key/);
  await writeFile(join(other, 'head.json'), 'x');
  assert.match((await runVerify([other])).stderr, /^warning: key\.pem .*\nNOT VERIFIED: head\.json: /s);
});
