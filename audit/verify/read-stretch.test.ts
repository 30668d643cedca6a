import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { encodeEntry, GENESIS_HASH, type LogRecord } from '../log/entry.ts';
import { SEGMENT_ENTRIES_MAX, segmentName } from '../log/format.ts';
import { leafHash } from '../merkle/hash.ts';
import { asLines } from '../testing/composed-log.ts';
import { temporaryFolder } from '../testing/sample-log.ts';
import type { SuspectLine } from './diagnose.ts';
import { readStretch, type StretchStart } from './read-stretch.ts';

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
async function linesOf(runs: AsyncIterable<Iterable<SuspectLine>>): Promise<readonly SuspectLine[]> {
  const lines: SuspectLine[] = [];
  for await (const run of runs) lines.push(...run);
  return lines;
}

test('readStretch: gives the lines behind the start up to the last one wanted, each with its hash', async () => {
  const lines = entries(0, 20);
  await writeFile(join(folder, FIRST), asLines(lines));
  const found = await linesOf(readStretch(folder, startAt(5, asLines(lines.slice(0, 5)).length), 10));
  assert.deepEqual(
    found.map(({ hash, succession }) => [hash, succession]),
    lines.slice(5, 10).map((text) => [leafHash(Buffer.from(text)), undefined]),
  );
});

test('readStretch: goes on in the next segment at the last entry of one, and leaves lines too many', async () => {
  // The first file holds only what lies behind the start.
  await writeFile(join(folder, FIRST), asLines([...entries(FULL - 2, 2), entry(FULL)]));
  await writeFile(join(folder, SECOND), asLines(entries(FULL, 3)));
  const found = await linesOf(readStretch(folder, startAt(FULL - 2, 0), FULL + 2));
  assert.deepEqual(
    found.map(({ frame }) => frame?.index),
    [FULL - 2, FULL - 1, FULL, FULL + 1],
  );
});

test('readStretch: says why a sequence may not stand there, for a line that is an entry and for one that is only framed like it', async () => {
  const missing: LogRecord = { type: 'note', note: { kind: 'MISSING', stream: 'S', from: 2, sequence: 4 } };
  const spaced = entry(2, message(9)).replace('"headers":', '"headers": ');
  await writeFile(join(folder, FIRST), asLines([entry(0), entry(1, missing), spaced, entry(3, message(20)), 'torn']));
  const found = await linesOf(readStretch(folder, startAt(0, 0), 5));
  assert.deepEqual(
    found.map(({ succession }) => succession),
    [undefined, undefined, 'expected sequence 5 of S, found 9', 'expected sequence 10 of S, found 20', undefined],
  );
});
