/** Tests the recovery of the log from every state in which a crash may leave its files. */
import assert from 'node:assert/strict';
import { cp, open, readFile, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { systemClock } from '@flotilla/runtime/clock.ts';
import { ORIGIN, sampleRecords, temporaryFolder } from '../testing/sample-log.ts';
import { verifyFolder } from '../verify/verify-folder.ts';
import { type AuditLog, openAuditLog } from './audit-log.ts';
import { FILES, segmentName } from './format.ts';
import { loadSigningKey } from './signing-key.ts';

const SEGMENT = segmentName(0);
const RECORDS = sampleRecords(40, 'sample');
const SIGNED = 20;

const temporary = await temporaryFolder();
after(() => temporary.remove());
const crashed = join(temporary.folder, 'crashed');
const trial = join(temporary.folder, 'trial');
const signedBytes = await crashWithUnsignedTail();

function openLog(folder: string): Promise<AuditLog> {
  return loadSigningKey(join(temporary.folder, 'key', 'signing-key.pem'), ORIGIN).then((signer) =>
    openAuditLog({ folder, signer, clock: systemClock, checkpointEntriesMax: 1_000, checkpointIntervalMs: 60_000 }),
  );
}

/** 20 entries under a checkpoint, 10 behind it, as SIGKILL leaves them. */
async function crashWithUnsignedTail(): Promise<number> {
  const log = await openLog(crashed);
  await log.append(RECORDS.slice(0, SIGNED));
  await log.close();
  const { byteLength } = await readFile(join(crashed, SEGMENT));
  const second = await openLog(crashed);
  await second.append(RECORDS.slice(SIGNED, 30));
  await cp(crashed, `${crashed}-copy`, { recursive: true });
  await second.close();
  return byteLength;
}

async function freshTrial(): Promise<void> {
  await cp(`${crashed}-copy`, trial, { recursive: true, force: true });
}

test('openAuditLog: keeps every complete entry and goes on behind it, when the crash tore the unsigned tail at any byte', async () => {
  const whole = await readFile(join(`${crashed}-copy`, SEGMENT));
  for (let bytes = signedBytes; bytes <= whole.byteLength; bytes += bytes > whole.byteLength - 400 ? 1 : 37) {
    await freshTrial();
    await truncate(join(trial, SEGMENT), bytes);
    const complete = whole.subarray(0, bytes).toString().split('\n').length - 1;
    const log = await openLog(trial);
    assert.equal(log.size(), complete, `cut at ${bytes}`);
    await log.append(RECORDS.slice(complete, 35));
    await log.close();
    const result = await verifyFolder(trial, { sealed: true, settleMs: 0 });
    assert.deepEqual([result.finding, result.entries], [undefined, 35], `cut at ${bytes}`);
  }
});

const REFUSALS: readonly { readonly name: string; readonly damage: () => Promise<unknown>; readonly says: RegExp }[] = [
  { name: 'signed entries are cut', damage: () => truncate(join(trial, SEGMENT), signedBytes - 1), says: /under a checkpoint/ },
  { name: 'the last signed entry is another', damage: () => edit(SEGMENT, signedBytes - 200), says: /not the entry that was signed/ },
  { name: 'a broken entry has entries behind it', damage: () => edit(SEGMENT, signedBytes + 30), says: /entry 20/ },
  {
    name: 'the end of the checkpoint list is gone',
    damage: () => truncate(join(trial, FILES.checkpoints), 0),
    says: /checkpoints.jsonl is gone/,
  },
  { name: 'the newest checkpoint is edited', damage: () => edit(FILES.checkpoints, 30), says: /SIGNATURE_INVALID|NOT_A_CHECKPOINT/ },
  { name: 'the head is edited', damage: () => edit(FILES.head, 30), says: /head.json/ },
  { name: 'the key is another', damage: () => writeFile(join(trial, FILES.publicKey), 'other\n'), says: /another signing key/ },
];

async function edit(file: string, position: number): Promise<void> {
  const handle = await open(join(trial, file), 'r+');
  await handle.write('#', position);
  await handle.close();
}

for (const { name, damage, says } of REFUSALS) {
  test(`openAuditLog: refuses with AUDIT_CORRUPT and changes no entry, when ${name}`, async () => {
    await freshTrial();
    await damage();
    const before = await readFile(join(trial, SEGMENT));
    await assert.rejects(openLog(trial), (error: Error & { code: string }) => {
      assert.equal(error.code, 'AUDIT_CORRUPT');
      assert.match(error.message, says);
      return true;
    });
    assert.ok(before.equals(await readFile(join(trial, SEGMENT))));
  });
}

test('openAuditLog: mends the head and a torn checkpoint, when the crash came between the two writes', async () => {
  await freshTrial();
  const list = join(trial, FILES.checkpoints);
  await writeFile(list, `${await readFile(list, 'utf8')}{"note":"flotilla`);
  const log = await openLog(trial);
  await log.close();
  const result = await verifyFolder(trial, { sealed: true, settleMs: 0 });
  assert.deepEqual([result.finding, result.entries, result.checkpoints], [undefined, 30, 2]);
});

test('close: signs the last entry too, when it comes at any moment of the last append', async () => {
  const folder = join(temporary.folder, 'closing');
  const records = sampleRecords(200, 'closing');
  for (const [position, record] of records.entries()) {
    const log = await openLog(folder);
    const appended = log.append([record]);
    if (position % 2 === 0) await appended;
    for (let tick = 0; tick < position % 7; tick += 1) await Promise.resolve();
    await Promise.all([appended, log.close()]);
    if (position % 25 === 24) {
      const result = await verifyFolder(folder, { sealed: true, settleMs: 0 });
      assert.deepEqual([result.finding, result.signedEntries], [undefined, position + 1]);
    }
  }
});

test('append: fails for ever and says why, when another process wrote to the folder', async () => {
  await freshTrial();
  await (await openLog(trial)).close();
  const first = await openLog(trial);
  const second = await openLog(trial);
  await second.append(RECORDS.slice(30, 32));
  await assert.rejects(first.append(RECORDS.slice(30, 31)), (error: Error) => /stop the other writer/.test(String(error.cause)));
  await assert.rejects(first.append(RECORDS.slice(30, 31)));
  await Promise.all([first.close(), second.close()]);
});
