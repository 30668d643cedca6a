/** Changes that the folder alone cannot show, and that a key or a checkpoint from outside shows. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cp, readFile, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { leafHash } from '../merkle/hash.ts';
import { FILES, SEGMENT_ENTRIES_MAX, segmentName } from '../log/format.ts';
import { temporaryFolder, writeSampleLog } from '../testing/sample-log.ts';
import { verifyFolder } from './verify-folder.ts';

const temporary = await temporaryFolder();
after(() => temporary.remove());
const log = join(temporary.folder, 'log');
const trial = join(temporary.folder, 'trial');
await writeSampleLog(log, 40, { checkpointEntries: 10 });
const whole = await verifyFolder(log);

async function lines(file: string): Promise<readonly string[]> {
  return (await readFile(join(log, file), 'utf8')).trimEnd().split('\n');
}

/** A consistent cut: entries, checkpoint list and head all as they were at the third checkpoint. */
async function rollBack(): Promise<void> {
  await cp(log, trial, { recursive: true, force: true });
  const checkpoints = (await lines(FILES.checkpoints)).slice(0, 3);
  await writeFile(join(trial, FILES.checkpoints), `${checkpoints.join('\n')}\n`);
  await writeFile(join(trial, FILES.head), `${checkpoints.at(-1)}\n`);
  await writeFile(join(trial, segmentName(0)), `${(await lines(segmentName(0))).slice(0, 30).join('\n')}\n`);
}

test('verifyFolder: cannot see a consistent cut by itself, and does, when it knows a later checkpoint', async () => {
  await rollBack();
  assert.equal((await verifyFolder(trial)).ok, true, 'documented: nothing in the folder tells');
  const trusted = { size: whole.signedEntries, root: whole.root! };
  assert.equal((await verifyFolder(trial, { trusted })).finding?.code, 'NOT_THE_TRUSTED_LOG');
  assert.equal((await verifyFolder(log, { trusted })).ok, true);
  assert.equal((await verifyFolder(log, { trusted: { size: 30, root: whole.root! } })).finding?.code, 'NOT_THE_TRUSTED_LOG');
});

test('verifyFolder: cannot tell a log signed anew by itself, and does, when it knows the key', async () => {
  const forged = join(temporary.folder, 'forged');
  await writeSampleLog(forged, 40, { checkpointEntries: 10, flavour: 'forged' });
  assert.equal((await verifyFolder(forged)).ok, true, 'documented: nothing in the folder tells');
  assert.equal((await verifyFolder(forged, { verifierKey: whole.verifierKey! })).finding?.code, 'KEY_INVALID');
  assert.equal((await verifyFolder(log, { verifierKey: whole.verifierKey! })).ok, true);
});

test('verifyFolder: names the stretch, when an entry is changed and the whole chain behind it written anew', async () => {
  await cp(log, trial, { recursive: true, force: true });
  const entries = [...(await lines(segmentName(0)))];
  for (let index = 14; index < entries.length; index += 1) {
    if (index === 14) entries[index] = entries[index]!.replace('611.87', '611.88');
    else
      entries[index] = entries[index]!.replace(/"prevHash":"[0-9a-f]{64}"/, `"prevHash":"${leafHash(Buffer.from(entries[index - 1]!))}"`);
  }
  await writeFile(join(trial, segmentName(0)), `${entries.join('\n')}\n`);
  const { finding } = await verifyFolder(trial);
  assert.deepEqual([finding?.code, finding?.index], ['HISTORY_REWRITTEN', 10]);
  assert.match(finding!.message, /10 to 19/);
});

test('verifyFolder: refuses what lies behind the last checkpoint only when told that the log is sealed', async () => {
  await rollBack();
  await writeFile(join(trial, segmentName(0)), `${(await lines(segmentName(0))).slice(0, 33).join('\n')}\n`);
  const open = await verifyFolder(trial);
  assert.deepEqual([open.ok, open.entries, open.signedEntries], [true, 33, 30]);
  assert.deepEqual((await verifyFolder(trial, { sealed: true })).finding?.index, 30);
  await truncate(join(trial, segmentName(0)), (await readFile(join(trial, segmentName(0)))).byteLength - 5);
  assert.equal((await verifyFolder(trial, { settleMs: 0 })).finding?.code, 'ENTRY_UNFINISHED');
});

test('verify/main.ts: exits 0 on a good log, 1 on a bad one with the place, 2 on bad usage', async () => {
  const main = join(import.meta.dirname, 'main.ts');
  const run = (...args: readonly string[]) => spawnSync(process.execPath, [main, ...args], { encoding: 'utf8' });
  const good = run(log, '--sealed', '--expect-size', '40', '--expect-root', whole.root!);
  assert.equal(good.status, 0);
  assert.match(good.stdout, /^verified: 40 entries, 40 of them under 4 checkpoints\n/);
  await cp(log, trial, { recursive: true, force: true });
  await truncate(join(trial, segmentName(0)), 5_000);
  const bad = run(trial);
  assert.equal(bad.status, 1);
  assert.match(bad.stderr, /NOT VERIFIED: segment-0{16}\.jsonl, line \d+, entry \d+: /);
  assert.equal(run().status, 2);
});

test('verifyFolder: names the place, when segments are deleted, swapped, shortened or lengthened', async () => {
  const big = join(temporary.folder, 'big');
  const second = SEGMENT_ENTRIES_MAX;
  await writeSampleLog(big, 2 * SEGMENT_ENTRIES_MAX + 5, { checkpointEntries: 8_192 });
  const good = await verifyFolder(big, { sealed: true });
  assert.equal(good.finding, undefined, JSON.stringify(good.finding));
  const names = [segmentName(0), segmentName(second), segmentName(2 * second)] as const;
  const contents = await Promise.all(names.map((name) => readFile(join(big, name))));
  const place = async (changes: readonly (Buffer | undefined)[]) => {
    await Promise.all(changes.map((bytes, at) => writeFile(join(big, names[at]!), bytes ?? '')));
    const { finding } = await verifyFolder(big, { settleMs: 0 });
    return [finding?.file, finding?.index];
  };
  const [first, middle, last] = contents;
  assert.deepEqual(await place([first, undefined, last]), [names[1], second], 'middle segment empty');
  assert.deepEqual(await place([middle, first, last]), [names[0], 0], 'segments swapped');
  assert.deepEqual(await place([first, middle, undefined]), [names[2], 2 * second], 'last segment empty');
  const cut = first!.subarray(0, first!.lastIndexOf(10, -2) + 1);
  assert.deepEqual(await place([cut, middle, last]), [names[0], second - 1], 'last line of the first segment moved away');
  const line = middle!.subarray(0, middle!.indexOf(10) + 1);
  assert.deepEqual(await place([Buffer.concat([first!, line]), middle, last]), [names[0], second], 'a line too many');
  assert.deepEqual(await place([first, middle, last]), [undefined, undefined], 'all put back');
});
