import assert from 'node:assert/strict';
import { appendFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { systemClock } from '@flotilla/runtime/clock.ts';
import { temporaryFolder } from '../testing/sample-log.ts';
import { readLines, type ReadLinesOptions, type Rest } from './read-lines.ts';

const MIB = 1_048_576;
const temporary = await temporaryFolder();
after(() => temporary.remove());
const file = join(temporary.folder, 'lines');

async function read(
  contents: string,
  options: Partial<ReadLinesOptions> = {},
): Promise<{ readonly text: string; readonly runs: number; readonly rest: Rest }> {
  await writeFile(file, contents);
  const reading = readLines(file, { lineBytesMax: 100, ...options });
  let [text, runs] = ['', 0];
  let step = await reading.next();
  for (; step.done !== true; step = await reading.next()) {
    const { bytes, start, end } = step.value;
    assert.equal(bytes[end - 1], 0x0a, 'a run ends behind a newline');
    assert.ok(end > start, 'a run holds a line');
    text += bytes.toString('utf8', start, end);
    // The reader may put any prefix there, which must not end a line.
    bytes[start - 1] = 0x0a;
    runs += 1;
  }
  return { text, runs, rest: step.value };
}
const DONE: Rest = { bytes: 0, isTooLong: false };

for (const { what, contents, text, bytes } of [
  { what: 'is empty', contents: '', text: '', bytes: 0 },
  { what: 'holds whole lines', contents: 'a\nbc\n', text: 'a\nbc\n', bytes: 0 },
  { what: 'holds an empty line alone', contents: '\n', text: '\n', bytes: 0 },
  { what: 'ends within a line', contents: 'a\nbc', text: 'a\n', bytes: 2 },
  { what: 'holds no newline', contents: 'abc', text: '', bytes: 3 },
]) {
  test(`readLines: gives whole lines and the length of the rest, when the file ${what}`, async () => {
    const found = await read(contents);
    assert.deepEqual([found.text, found.rest], [text, { bytes, isTooLong: false }]);
  });
}

test('readLines: begins at the offset', async () => {
  assert.deepEqual(await read('abc\nde\nf', { offsetBytes: 4 }), { text: 'de\n', runs: 1, rest: { bytes: 1, isTooLong: false } });
});

test('readLines: gives nothing, when the file ends before the offset', async () => {
  assert.deepEqual(await read('abc\n', { offsetBytes: 100 }), { text: '', runs: 0, rest: DONE });
});

test('readLines: takes a line that is as long as allowed, and ends at one that is a byte longer', async () => {
  const line = 'x'.repeat(99);
  assert.deepEqual(await read(`${line}x`, { lineBytesMax: 100 }), { text: '', runs: 0, rest: { bytes: 100, isTooLong: false } });
  assert.deepEqual((await read(`a\n${line}xx`, { lineBytesMax: 100 })).rest, { bytes: 101, isTooLong: true });
});

test('readLines: gives every byte once, when lines lie across the pieces that are read', async () => {
  const lines = Array.from({ length: 150_000 }, (_, at) => `${at} ${'y'.repeat(at % 97)}`);
  const contents = `${lines.join('\n')}\n`;
  const found = await read(contents);
  assert.ok(found.runs > 1, 'more than one piece');
  assert.ok(found.text === contents, 'the same text');
  assert.deepEqual(found.rest, DONE);
});

test('readLines: reads a line that is longer than a piece, and ends once a line is too long for memory', async () => {
  const long = 'z'.repeat(9 * MIB);
  const found = await read(`a\n${long}\nb\n`, { lineBytesMax: 16 * MIB });
  assert.ok(found.text === `a\n${long}\nb\n`, 'the same text');
  const { rest } = await read(`${long}\n`, { lineBytesMax: 1_000 });
  assert.ok(rest.isTooLong && rest.bytes > 1_000);
});

/** Reads while a writer puts the end of the line `afterMs` later. */
async function readGrowing(settleMs: number, appended: string) {
  await writeFile(file, 'a\nbc');
  const reading = readLines(file, { lineBytesMax: 100, settleMs });
  const first = await reading.next();
  assert.ok(first.done !== true);
  // The second look begins before the writer has finished the line.
  const pending = reading.next();
  await appendFile(file, appended);
  const second = await pending;
  if (second.done === true) return second.value;
  assert.equal(second.value.bytes.toString('utf8', second.value.start, second.value.end), 'bcd\n');
  const last = await reading.next();
  return last.done === true ? last.value : undefined;
}

test('readLines: waits for the end of a line, while its writer may be at work', async () => {
  assert.deepEqual(await readGrowing(2_000, 'd\n'), DONE);
});

test('readLines: waits no longer than told, when the line does not end', async () => {
  const beganMs = performance.now();
  assert.deepEqual((await read('a\nbc', { settleMs: 60 })).rest, { bytes: 2, isTooLong: false });
  const tookMs = performance.now() - beganMs;
  assert.ok(tookMs >= 55, `${tookMs} ms`);
});

test('readLines: looks once more, when a line may grow for a millisecond, and never again, when it may not', async (context) => {
  const sleep = context.mock.method(systemClock, 'sleep', () => Promise.resolve());
  await read('bc', { settleMs: 1 });
  assert.equal(sleep.mock.callCount(), 1);
  await read('bc');
  assert.equal(sleep.mock.callCount(), 1);
});

test('readLines: does not wait behind a whole line', async (context) => {
  const sleep = context.mock.method(systemClock, 'sleep', () => Promise.resolve());
  await read('a\n', { settleMs: 20_000 });
  assert.equal(sleep.mock.callCount(), 0);
});

test('readLines: comes with the error of the file system, when the file is not there', async () => {
  await assert.rejects(readLines(join(temporary.folder, 'gone'), { lineBytesMax: 1 }).next(), { code: 'ENOENT' });
});
