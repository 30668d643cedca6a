import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { encodeEntry, GENESIS_HASH, type LogRecord } from '../log/entry.ts';
import { SEGMENT_ENTRIES_MAX, segmentName } from '../log/format.ts';
import { leafHash } from '../merkle/hash.ts';
import { asLines } from '../testing/composed-log.ts';
import { temporaryFolder } from '../testing/sample-log.ts';
import { collectStretch, type StretchStart } from './collect-stretch.ts';

const FULL = SEGMENT_ENTRIES_MAX;
const [FIRST, SECOND] = [segmentName(0), segmentName(FULL)];
const temporary = await temporaryFolder();
after(() => temporary.remove());
const { folder } = temporary;

const message = (sequence: number): LogRecord => ({
  type: 'message',
  message: { stream: 'S', sequence, subject: 's', storedAtMs: 0, payload: Buffer.from('{}'), headers: {} },
});
const entry = (index: number, record = message(index + 1)): string => encodeEntry(index, GENESIS_HASH, record);
const entries = (first: number, count: number): readonly string[] => Array.from({ length: count }, (_, at) => entry(first + at));
const startAt = (size: number, offsetBytes: number): StretchStart => ({ size, offsetBytes, sequences: new Map([['S', size]]) });

test('collectStretch: gives the lines behind the start up to the last one wanted, each with its hash and place', async () => {
  const lines = entries(0, 20);
  await writeFile(join(folder, FIRST), asLines(lines));
  const found = await collectStretch(folder, startAt(5, asLines(lines.slice(0, 5)).length), 10);
  assert.deepEqual(
    found.map(({ file, line, hash, succession }) => [file, line, hash, succession]),
    lines.slice(5, 10).map((text, at) => [FIRST, 6 + at, leafHash(Buffer.from(text)), undefined]),
  );
});

test('collectStretch: goes on in the next segment at the last entry of one, and leaves lines too many', async () => {
  // The first file holds only what lies behind the start.
  await writeFile(join(folder, FIRST), asLines([...entries(FULL - 2, 2), entry(FULL)]));
  await writeFile(join(folder, SECOND), asLines(entries(FULL, 3)));
  const found = await collectStretch(folder, startAt(FULL - 2, 0), FULL + 2);
  const places = found.map(({ file, line, frame }) => [file, line, frame?.index]);
  assert.deepEqual(places, [
    [FIRST, FULL - 1, FULL - 2],
    [FIRST, FULL, FULL - 1],
    [SECOND, 1, FULL],
    [SECOND, 2, FULL + 1],
  ]);
});

test('collectStretch: says why a sequence may not stand there, for a line that is an entry and for one that is only framed like it', async () => {
  const missing: LogRecord = { type: 'note', note: { kind: 'MISSING', stream: 'S', from: 2, sequence: 4 } };
  const spaced = entry(2, message(9)).replace('"headers":', '"headers": ');
  await writeFile(join(folder, FIRST), asLines([entry(0), entry(1, missing), spaced, entry(3, message(20)), 'torn']));
  const found = await collectStretch(folder, startAt(0, 0), 5);
  assert.deepEqual(
    found.map(({ succession }) => succession),
    [undefined, undefined, 'expected sequence 5 of S, found 9', 'expected sequence 10 of S, found 20', undefined],
  );
});
