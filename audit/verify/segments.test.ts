/** A log of two segments and a bit, made once: what the verifier finds where one segment ends and the next one begins. */
import assert from 'node:assert/strict';
import { rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, test } from 'node:test';
import type { LogRecord } from '../log/entry.ts';
import { SEGMENT_ENTRIES_MAX, segmentName } from '../log/format.ts';
import { asLines, composeLog, writeComposed } from '../testing/composed-log.ts';
import { temporaryFolder } from '../testing/sample-log.ts';
import { verifyFolder } from './verify-folder.ts';

const FULL = SEGMENT_ENTRIES_MAX;
const COUNT = FULL + 6;
const [FIRST, SECOND] = [segmentName(0), segmentName(FULL)];
const payload = Buffer.from('{}');
const RECORDS = Array.from({ length: COUNT }, (_, at): LogRecord => {
  const message = { stream: 'S', sequence: at + 1, subject: 's', storedAtMs: 0, payload, headers: {} };
  return { type: 'message', message };
});
/** Checkpoints within the first segment, at its end, and within the second; two entries are not signed. */
const LOG = composeLog(RECORDS, [FULL - 4, FULL, FULL + 4]);
const TEXTS = { [FIRST]: asLines(LOG.entries.slice(0, FULL)), [SECOND]: asLines(LOG.entries.slice(FULL)) };

const temporary = await temporaryFolder();
after(() => temporary.remove());
const { folder } = temporary;
await writeComposed(folder, LOG);

/** Verifies with some segments changed, and puts them back. */
async function findingWith(changes: Readonly<Record<string, (text: string) => string | undefined>>) {
  for (const [name, change] of Object.entries(changes)) {
    const text = change(TEXTS[name] ?? '');
    if (text === undefined) await rm(join(folder, name));
    else await writeFile(join(folder, name), text);
  }
  const { finding, entries } = await verifyFolder(folder, { settleMs: 0 });
  for (const name of Object.keys(changes))
    await (TEXTS[name] === undefined ? rm(join(folder, name)) : writeFile(join(folder, name), TEXTS[name]));
  return { place: [finding?.code, finding?.file, finding?.line, finding?.index], message: finding?.message ?? '', entries };
}
const line = (index: number): string => `${LOG.entries[index] ?? ''}\n`;

test('verifyFolder: takes both segments, when the log is good', async () => {
  assert.deepEqual(await findingWith({}), { place: [undefined, undefined, undefined, undefined], message: '', entries: COUNT });
});

test('verifyFolder: names the first entry of the second segment, when that segment is gone or empty', async () => {
  for (const change of [() => undefined, () => ''])
    assert.deepEqual((await findingWith({ [SECOND]: change })).place, ['ENTRY_MISSING', SECOND, 1, FULL]);
});

test('verifyFolder: names the last entry of the first segment, when that line was moved into the second, or taken out', async () => {
  const cut = (text: string) => text.slice(0, -line(FULL - 1).length);
  const moved = await findingWith({ [FIRST]: cut, [SECOND]: (text) => line(FULL - 1) + text });
  assert.deepEqual(moved.place, ['ENTRY_MISSING', FIRST, FULL, FULL - 1]);
  assert.equal(moved.message, 'expected 65536 entries under the checkpoint, found 65535');
  assert.deepEqual((await findingWith({ [FIRST]: cut })).place, ['ENTRY_MISSING', FIRST, FULL, FULL - 1]);
});

test('verifyFolder: names the first line too many, when the first segment holds one of the second', async () => {
  const { place, message } = await findingWith({ [FIRST]: (text) => text + line(FULL) });
  assert.deepEqual(place, ['ENTRY_OUT_OF_PLACE', FIRST, FULL + 1, FULL]);
  assert.match(message, /at most 65536 entries in one segment/);
});

for (const [index, file] of [
  [FULL - 6, FIRST],
  [FULL - 2, FIRST],
  [FULL + 1, SECOND],
  [FULL + 4, SECOND],
] as const) {
  test(`verifyFolder: names entry ${index}, when its text was changed`, async () => {
    const { place } = await findingWith({ [file]: (text) => text.replace(line(index), line(index).replace('"s"', '"t"')) });
    assert.deepEqual(place, ['ENTRY_CHANGED', file, (index % FULL) + 1, index]);
  });
}

test('verifyFolder: names the segment that is missing behind the last checkpoint', async () => {
  const later = segmentName(2 * FULL);
  const { place, message } = await findingWith({ [later]: () => 'x\n' });
  assert.deepEqual(place, ['ENTRY_MISSING', SECOND, 7, COUNT]);
  assert.match(message, /expected entry 65542 here, found the next entries in segment-0000000000131072\.jsonl/);
});

test('verifyFolder: names the beginning, when the first segment is gone', async () => {
  await rename(join(folder, FIRST), join(folder, 'elsewhere'));
  const { finding } = await verifyFolder(folder, { settleMs: 0 });
  await rename(join(folder, 'elsewhere'), join(folder, FIRST));
  assert.deepEqual([finding?.code, finding?.file, finding?.line, finding?.index], ['ENTRY_MISSING', FIRST, 1, 0]);
});

test('verifyFolder: names an entry behind the end of a segment, when one checkpoint covers entries of both', async () => {
  const { checkpoints } = composeLog(RECORDS, [FULL - 4, FULL + 4]);
  for (const index of [FULL - 2, FULL + 1]) {
    const entries = LOG.entries.with(index, (LOG.entries[index] ?? '').replace('"s"', '"t"'));
    await writeComposed(folder, { entries, checkpoints });
    const { finding } = await verifyFolder(folder, { settleMs: 0 });
    assert.deepEqual([finding?.code, finding?.line, finding?.index], ['ENTRY_CHANGED', (index % FULL) + 1, index]);
  }
});
