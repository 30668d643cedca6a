/** The verifier's findings in small logs. The integration tests change every byte of a larger log. */
import assert from 'node:assert/strict';
import { appendFileSync } from 'node:fs';
import { mkdir, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { formatTime } from '@flotilla/contracts/values/format-time.ts';
import { openNote, parseVerifierKey } from '../log/signed-note.ts';
import { encodeEntry, GENESIS_HASH } from '../log/entry.ts';
import { CHECKPOINT_LINE_BYTES_MAX, ENTRY_BYTES_MAX, FILES, segmentName } from '../log/format.ts';
import { leafHash } from '../merkle/hash.ts';
import { asLines, type ComposedLog, composeLog, writeComposed } from '../testing/composed-log.ts';
import { sampleRecords, temporaryFolder } from '../testing/sample-log.ts';
import { verifyFolder, type VerifyOptions } from './verify-folder.ts';

const SEGMENT = segmentName(0);
const RECORDS = sampleRecords(20, 'sample');
/** Checkpoints at 5, 10 and 15; five entries are not signed. */
const LOG = composeLog(RECORDS, [5, 10, 15]);
const SEALED = composeLog(RECORDS.slice(0, 15), [5, 10, 15]);
const FOREIGN = composeLog(sampleRecords(20, 'foreign'), [5, 10, 15]);

const temporary = await temporaryFolder();
after(() => temporary.remove());
const { folder } = temporary;

async function verify(log: ComposedLog, options: VerifyOptions = {}) {
  await writeComposed(folder, log);
  return verifyFolder(folder, { settleMs: 0, ...options });
}
async function findingIn(log: ComposedLog, options: VerifyOptions = {}) {
  const { finding } = await verify(log, options);
  return finding;
}
async function placeIn(log: ComposedLog, options: VerifyOptions = {}) {
  const finding = await findingIn(log, options);
  return [finding?.code, finding?.file, finding?.line, finding?.index];
}
const withEntries = (entries: readonly string[]): ComposedLog => ({ ...LOG, entries });
const withCheckpoints = (checkpoints: readonly string[]): ComposedLog => ({ ...LOG, checkpoints });

test('verifyFolder: tells what it has proven, when the log is good', async () => {
  const progress: number[] = [];
  const result = await verify(LOG, { onProgress: (entries) => progress.push(entries) });
  const verifierKey = (await readFile(join(folder, FILES.publicKey), 'utf8')).trim();
  const note = (JSON.parse(LOG.checkpoints[2] ?? '') as { readonly note: string }).note;
  const root = Buffer.from(openNote(note, parseVerifierKey(verifierKey)!)?.split('\n')[2] ?? '', 'base64').toString('hex');
  assert.deepEqual(result, {
    ok: true,
    entries: 20,
    signedEntries: 15,
    checkpoints: 3,
    root,
    signedAt: formatTime(1_790_000_000_015),
    verifierKey,
    privateKeys: [],
  });
  assert.deepEqual(progress, [5, 10, 15]);
});

test('verifyFolder: takes a log without a checkpoint, and one without an entry', async () => {
  const { root: _, ...unsigned } = await verify(composeLog(RECORDS, []));
  assert.deepEqual([unsigned.ok, unsigned.entries, unsigned.signedEntries, unsigned.checkpoints], [true, 20, 0, 0]);
  assert.deepEqual((await verify({ entries: [], checkpoints: [] })).ok, true);
});

test('verifyFolder: names the entry, when one is changed, torn, taken out, doubled, swapped or from another log', async () => {
  for (const index of [0, 4, 5, 9, 14]) {
    const line = LOG.entries[index] ?? '';
    const entry = (code: string, at = index) => [code, SEGMENT, at + 1, at];
    const other = line.replace(/"id":"sample/, '"id":"simple').replace('"kind":"', '"kind": "');
    assert.deepEqual(await placeIn(withEntries(LOG.entries.with(index, other))), entry('ENTRY_CHANGED'), `${index} changed`);
    assert.deepEqual(await placeIn(withEntries(LOG.entries.with(index, line.slice(0, -1)))), entry('ENTRY_MALFORMED'), `${index} torn`);
    const [code, ...deleted] = await placeIn(withEntries(LOG.entries.toSpliced(index, 1)));
    assert.deepEqual([code, deleted], ['ENTRY_OUT_OF_PLACE', [SEGMENT, index + 1, index]], `${index} deleted`);
    const doubled = withEntries(LOG.entries.toSpliced(index, 0, line));
    assert.deepEqual(await placeIn(doubled), entry('ENTRY_OUT_OF_PLACE', index + 1), `${index} doubled`);
    const swapped = withEntries(LOG.entries.with(index, LOG.entries[index + 1] ?? '').with(index + 1, line));
    assert.deepEqual(await placeIn(swapped), entry('ENTRY_OUT_OF_PLACE'), `${index} swapped`);
    if (line === FOREIGN.entries[index]) continue;
    const foreign = await findingIn(withEntries(LOG.entries.with(index, FOREIGN.entries[index] ?? '')));
    assert.deepEqual([foreign?.code, foreign?.index], ['ENTRY_CHANGED', index], `${index} foreign`);
  }
});

test('verifyFolder: names the first missing entry, when the log ends before its last checkpoint', async () => {
  assert.deepEqual(await placeIn(withEntries(LOG.entries.slice(0, 12))), ['ENTRY_MISSING', SEGMENT, 13, 12]);
  assert.deepEqual(await placeIn(withEntries(LOG.entries.slice(0, 14))), ['ENTRY_MISSING', SEGMENT, 15, 14]);
  assert.deepEqual(await placeIn(withEntries([])), ['ENTRY_MISSING', SEGMENT, 1, 0]);
});

/** Entries from `index` on are written again, with a chain of their own. */
function rewritten(index: number): readonly string[] {
  const lines = [...LOG.entries];
  for (let at = index; at < lines.length; at += 1) {
    const previous = at === 0 ? GENESIS_HASH : leafHash(Buffer.from(lines[at - 1] ?? ''));
    lines[at] = (lines[at] ?? '').replace(/"prevHash":"[0-9a-f]{64}"/, `"prevHash":"${previous}"`);
    if (at === index) lines[at] = (lines[at] ?? '').replace('"id":"sample', '"id":"simple');
  }
  return lines;
}

test('verifyFolder: names the stretch under one checkpoint, when its entries and the chain behind them were written again', async () => {
  const finding = await findingIn(withEntries(rewritten(6)));
  assert.deepEqual([finding?.code, finding?.line, finding?.index], ['HISTORY_REWRITTEN', 6, 5]);
  assert.match(finding?.message ?? '', /entries 5 to 9 /);
});

test('verifyFolder: takes a tail that was written again, because no checkpoint covers it', async () => {
  assert.equal((await verify(withEntries(rewritten(16)))).ok, true);
});

test('verifyFolder: names the place in the unsigned tail, when an entry there is changed, torn or taken out', async () => {
  const line = LOG.entries[17] ?? '';
  assert.deepEqual(await placeIn(withEntries(LOG.entries.with(17, line.replace('"id":"sample', '"id":"simple')))), [
    'ENTRY_CHANGED',
    SEGMENT,
    18,
    17,
  ]);
  const spaced = LOG.entries.with(17, line.replace('"headers":', '"headers": '));
  assert.deepEqual(await placeIn(withEntries(spaced)), ['ENTRY_CHANGED', SEGMENT, 18, 17], 'the same JSON in another text');
  assert.deepEqual(await placeIn(withEntries(LOG.entries.with(17, line.slice(0, -1)))), ['ENTRY_MALFORMED', SEGMENT, 18, 17]);
  assert.deepEqual(await placeIn(withEntries(LOG.entries.toSpliced(17, 1))), ['ENTRY_OUT_OF_PLACE', SEGMENT, 18, 17]);
});

test('verifyFolder: names an entry whose sequence may not stand there, although it is chained and signed', async () => {
  const last = leafHash(Buffer.from(SEALED.entries.at(-1) ?? ''));
  const message = { stream: 'SIGNALS', sequence: 99, subject: 's', storedAtMs: 0, payload: Buffer.from('{}'), headers: {} };
  const gap = encodeEntry(15, last, { type: 'message', message });
  const finding = await findingIn({ ...SEALED, entries: [...SEALED.entries, gap] });
  assert.deepEqual([finding?.code, finding?.line, finding?.index], ['STREAM_DISCONTINUOUS', 16, 15]);
  assert.match(finding?.message ?? '', /expected sequence \d+ of SIGNALS, found 99/);
  const note = encodeEntry(15, last, { type: 'note', note: { kind: 'MISSING', stream: 'SIGNALS', from: 50, sequence: 60 } });
  assert.match((await findingIn({ ...SEALED, entries: [...SEALED.entries, note] }))?.message ?? '', /expected a hole in SIGNALS from/);
});

test('verifyFolder: refuses entries behind the last checkpoint, when told that the log is sealed', async () => {
  const finding = await findingIn(LOG, { sealed: true });
  assert.deepEqual([finding?.code, finding?.file, finding?.line, finding?.index], ['UNSIGNED_TAIL', SEGMENT, 16, 15]);
  assert.match(finding?.message ?? '', /found 5 behind the last one/);
  assert.deepEqual(await placeIn(composeLog(RECORDS.slice(0, 1), []), { sealed: true }), ['UNSIGNED_TAIL', SEGMENT, 1, 0]);
  assert.equal((await verify(SEALED, { sealed: true })).ok, true);
  assert.equal((await verify(LOG, { sealed: false })).ok, true);
});

const KEEP = { settleMs: 0 } as const;
async function change(file: string, edit: (text: string) => string): Promise<void> {
  const path = join(folder, file);
  await writeFile(path, edit(await readFile(path, 'utf8')));
}

test('verifyFolder: says that an entry is unfinished, when the file ends within a line, signed or not', async () => {
  await writeComposed(folder, LOG);
  await change(SEGMENT, (text) => text.slice(0, -5));
  const tail = await verifyFolder(folder, KEEP);
  assert.deepEqual(
    [tail.ok, tail.entries, tail.signedEntries, tail.finding?.code, tail.finding?.file, tail.finding?.line, tail.finding?.index],
    [false, 19, 15, 'ENTRY_UNFINISHED', SEGMENT, 20, 19],
  );
  await writeComposed(folder, SEALED);
  await change(SEGMENT, (text) => text.slice(0, -5));
  const signed = await verifyFolder(folder, KEEP);
  assert.deepEqual([signed.finding?.code, signed.finding?.index, signed.signedEntries], ['ENTRY_MISSING', 14, 14]);
});

test('verifyFolder: says that a line is longer than any entry, and does not read on', async () => {
  await writeComposed(folder, LOG);
  const path = join(folder, SEGMENT);
  await truncate(path, (await stat(path)).size + ENTRY_BYTES_MAX + 1);
  const { finding } = await verifyFolder(folder, KEEP);
  const message = 'expected at most 16777216 bytes, found a longer line';
  assert.deepEqual(finding, { code: 'ENTRY_MALFORMED', file: SEGMENT, line: 21, index: 20, message });
});

test('verifyFolder: waits for an entry that is being written', async () => {
  await writeComposed(folder, LOG);
  const text = await readFile(join(folder, SEGMENT), 'utf8');
  await writeFile(join(folder, SEGMENT), text.slice(0, -5));
  // The verifier has read the torn line by the time it meets the last checkpoint.
  const onProgress = (entries: number): void => {
    if (entries === 15) appendFileSync(join(folder, SEGMENT), text.slice(-5));
  };
  const { ok, entries } = await verifyFolder(folder, { settleMs: 20_000, onProgress });
  assert.deepEqual([ok, entries], [true, 20]);
});

test('verifyFolder: takes other files for no segment, and names those that hold a private key', async () => {
  await writeComposed(folder, LOG);
  await writeFile(join(folder, 'segment-5.jsonl'), 'x');
  await writeFile(join(folder, 'z.pem'), '-----BEGIN PRIVATE KEY-----\n');
  await writeFile(join(folder, 'a.txt'), '-----BEGIN EC PRIVATE KEY-----\n');
  await writeFile(join(folder, 'b.pem'), '-----BEGIN PUBLIC KEY-----\n');
  await mkdir(join(folder, 'PRIVATE KEY'));
  const { ok, privateKeys } = await verifyFolder(folder, KEEP);
  assert.deepEqual([ok, privateKeys], [true, ['a.txt', 'z.pem']]);
  await change(FILES.head, () => 'x');
  assert.deepEqual((await verifyFolder(folder, KEEP)).privateKeys, ['a.txt', 'z.pem'], 'also when the log is bad');
});

test('verifyFolder: needs the public key, and the one that the reader expects', async () => {
  await writeComposed(folder, LOG);
  const key = await readFile(join(folder, FILES.publicKey), 'utf8');
  const codeWith = async (text: string | undefined, verifierKey?: string) => {
    if (text === undefined) await rm(join(folder, FILES.publicKey));
    else await writeFile(join(folder, FILES.publicKey), text);
    const { finding, ok } = await verifyFolder(folder, { ...KEEP, ...(verifierKey === undefined ? {} : { verifierKey }) });
    return ok ? 'ok' : `${finding?.code} ${finding?.file}: ${finding?.message}`;
  };
  assert.equal(await codeWith(key, `  ${key}`), 'ok');
  assert.equal(await codeWith(key, key.replace('audit', 'other')), 'KEY_INVALID public-key.txt: not the verifier key that you gave');
  assert.equal(await codeWith(key.trim()), 'KEY_INVALID public-key.txt: not an Ed25519 verifier key');
  assert.equal(await codeWith('x\n'), 'KEY_INVALID public-key.txt: not an Ed25519 verifier key');
  assert.match(await codeWith(undefined), /^FILE_MISSING public-key.txt: expected the verifier key/);
  const { finding: _, ...nothing } = await verifyFolder(folder, KEEP);
  assert.deepEqual(nothing, { ok: false, entries: 0, signedEntries: 0, checkpoints: 0, privateKeys: [] });
});

test('verifyFolder: contains a checkpoint that the reader trusts, or says that it does not', async () => {
  const [ten, other] = [await verify(composeLog(RECORDS.slice(0, 10), [10])), await verify(composeLog(RECORDS.slice(0, 9), [9]))];
  const twelve = await verify(composeLog(RECORDS.slice(0, 12), [12]));
  const twenty = await verify(composeLog(RECORDS, [20]));
  const trusting = async (size: number, root: string | undefined) => {
    const finding = await findingIn(LOG, { trusted: { size, root: root ?? '' } });
    return finding === undefined ? 'ok' : `${finding.code} ${finding.file} ${finding.message}`;
  };
  assert.equal(await trusting(10, ten.root), 'ok');
  assert.equal(await trusting(12, twelve.root), 'ok', 'between two checkpoints');
  assert.equal(
    await trusting(10, other.root),
    'NOT_THE_TRUSTED_LOG checkpoints.jsonl the trusted checkpoint of 10 entries has another root',
  );
  assert.match(await trusting(12, ten.root), /12 entries has another root/);
  assert.match(await trusting(21, ten.root), /21 entries is not reached: entries were cut/);
  assert.match(await trusting(20, ten.root), /20 entries has another root/);
  assert.equal(await trusting(20, twenty.root), 'ok', 'at the end of the log');
});

test('verifyFolder: names the checkpoint, when one is changed, dropped, doubled, swapped or not text', async () => {
  const [one = '', two = '', three = ''] = LOG.checkpoints;
  const place = async (checkpoints: readonly string[]) => placeIn(withCheckpoints(checkpoints));
  assert.deepEqual(await place([one, two.replace('"note"', '"note "'), three]), ['CHECKPOINT_INVALID', FILES.checkpoints, 2, undefined]);
  assert.match((await findingIn(withCheckpoints(['{}'])))?.message ?? '', /not a checkpoint as the log writes them/);
  assert.match((await findingIn(withCheckpoints([one.replace('offset ', 'offset 1')])))?.message ?? '', /not signed by the key/);
  const roots = one.replace(/("subtreeRoots":\[")(.)/, (_all, start: string, digit: string) => `${start}${digit === '0' ? '1' : '0'}`);
  assert.match((await findingIn(withCheckpoints([roots])))?.message ?? '', /subtree roots do not give the signed root/);
  assert.deepEqual(await place([two, three]), ['CHECKPOINT_MISSING', FILES.checkpoints, 1, undefined]);
  assert.deepEqual(await place([one, three]), ['CHECKPOINT_MISSING', FILES.checkpoints, 2, undefined]);
  assert.deepEqual(await place([one, one, two, three]), ['CHECKPOINT_MISSING', FILES.checkpoints, 2, undefined]);
  assert.deepEqual(await place([two, one, three]), ['CHECKPOINT_MISSING', FILES.checkpoints, 1, undefined]);
});

test('verifyFolder: refuses bytes that decode to the text of a checkpoint and are not UTF-8', async () => {
  const name = 'f\ufffdf';
  const record = sampleRecords(1, 'x')[0]!;
  assert.ok(record.type === 'message');
  const log = composeLog([{ ...record, message: { ...record.message, stream: name } }], [1]);
  await writeComposed(folder, log);
  const path = join(folder, FILES.checkpoints);
  const bytes = await readFile(path);
  const at = bytes.indexOf('\ufffd');
  await writeFile(path, Buffer.concat([bytes.subarray(0, at), Buffer.of(0xff), bytes.subarray(at + 3)]));
  const { finding } = await verifyFolder(folder, KEEP);
  assert.deepEqual([finding?.code, finding?.file, finding?.line], ['CHECKPOINT_INVALID', FILES.checkpoints, 1]);
});

test('verifyFolder: takes a first checkpoint of one entry', async () => {
  assert.equal((await verify(composeLog(RECORDS, [1, 5]))).ok, true);
});

test('verifyFolder: refuses a checkpoint that covers no more entries than the one before it', async () => {
  const finding = await findingIn(composeLog(RECORDS, [5, 5]));
  assert.deepEqual([finding?.code, finding?.file, finding?.line], ['CHECKPOINT_INVALID', FILES.checkpoints, 2]);
  assert.match(finding?.message ?? '', /covers no more entries/);
});

for (const { what, alter } of [
  { what: 'tip', alter: { tip: GENESIS_HASH } },
  { what: 'offset', alter: { offsetBytes: 1 } },
  { what: 'streams', alter: { streams: new Map([['SIGNALS', { sequence: 1, storedAtMs: 0 }]]) } },
]) {
  test(`verifyFolder: refuses a signed checkpoint, when its ${what} is not that of the entries`, async () => {
    const log = composeLog(RECORDS.slice(0, 10), [5, 10], ({ size }) => (size === 10 ? alter : {}));
    const finding = await findingIn(log);
    assert.deepEqual([finding?.file, finding?.index !== undefined && finding.index >= 5], [SEGMENT, true]);
  });
}

test('verifyFolder: names the head or the list, when one of them is gone, cut or behind the other', async () => {
  const at = async (file: string, edit: ((text: string) => string) | undefined, log = LOG) => {
    await writeComposed(folder, log);
    if (edit === undefined) await rm(join(folder, file));
    else await change(file, edit);
    const { finding, checkpoints } = await verifyFolder(folder, KEEP);
    return finding === undefined ? `ok ${checkpoints}` : `${finding.code} ${finding.file} ${finding.line ?? '-'}: ${finding.message}`;
  };
  const [one = '', two = ''] = LOG.checkpoints;
  assert.match(await at(FILES.head, undefined), /^FILE_MISSING head.json -: expected the newest checkpoint/);
  assert.match(await at(FILES.checkpoints, undefined), /^FILE_MISSING checkpoints.jsonl -: expected the list/);
  const { finding } = await verifyFolder(folder, KEEP);
  const message = 'expected the list of checkpoints, found no file';
  assert.deepEqual(finding, { code: 'FILE_MISSING', file: FILES.checkpoints, message }, 'no line');
  for (const end of ['', ' ', 'x']) {
    assert.match(await at(FILES.head, (text) => `${text.trim()}${end}`), /^CHECKPOINT_INVALID head.json -: not a checkpoint/);
  }
  assert.match(await at(FILES.head, () => '{}\n'), /^CHECKPOINT_INVALID head.json -: not a checkpoint/);
  assert.match(await at(FILES.head, (text) => text.replace('offset ', 'offset 1')), /^CHECKPOINT_INVALID head.json -: not signed/);
  assert.equal(await at(FILES.head, () => `${two}\n`), 'ok 3', 'a crash leaves the head one behind');
  assert.equal(await at(FILES.head, () => `${one}\n`), 'CHECKPOINT_INVALID head.json -: names checkpoint 1 of 3 as the newest');
  assert.match(
    await at(FILES.checkpoints, () => asLines([one, two])),
    /^CHECKPOINT_MISSING checkpoints.jsonl 3: head.json is a checkpoint of 15 entries that the list does not hold/,
  );
  assert.match(await at(FILES.checkpoints, () => ''), /^CHECKPOINT_MISSING checkpoints.jsonl 1: /);
  assert.match(
    await at(FILES.checkpoints, (text) => text.slice(0, -1)),
    /^CHECKPOINT_INVALID checkpoints.jsonl 3: ends within a checkpoint/,
  );
  assert.match(await at(FILES.checkpoints, (text) => `${text}{`), /^CHECKPOINT_INVALID checkpoints.jsonl 4: ends within a checkpoint/);
  assert.match(
    await at(FILES.checkpoints, (text) => `${text}${'x'.repeat(CHECKPOINT_LINE_BYTES_MAX + 1)}`),
    /^CHECKPOINT_INVALID checkpoints.jsonl 4: expected at most 65536 bytes in a line, found more/,
  );
});
