/** Whatever is done to a sealed log, the verifier refuses it and names the place. */
import assert from 'node:assert/strict';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { FILES, segmentName } from '../log/format.ts';
import { temporaryFolder, writeSampleLog } from '../testing/sample-log.ts';
import type { Finding } from './finding.ts';
import { verifyFolder } from './verify-folder.ts';

const SEGMENT = segmentName(0);
const NEWLINE = 0x0a;
const LARGE_ENTRIES = 200;

const small = await temporaryFolder();
const large = await temporaryFolder();
const foreign = await temporaryFolder();
after(() => Promise.all([small.remove(), large.remove(), foreign.remove()]));
await writeSampleLog(small.folder, 9, { checkpointEntries: 3 });
await writeSampleLog(large.folder, LARGE_ENTRIES, { checkpointEntries: 32 });
await writeSampleLog(foreign.folder, LARGE_ENTRIES, { checkpointEntries: 32, flavour: 'foreign' });

/** Verifies with one file changed, and puts it back. `undefined` removes the file. */
async function findingWith(folder: string, file: string, change: (bytes: Buffer) => Buffer | undefined): Promise<Finding | undefined> {
  const path = join(folder, file);
  const original = await readFile(path);
  const changed = change(Buffer.from(original));
  try {
    if (changed === undefined) await rm(path);
    else await writeFile(path, changed);
    return (await verifyFolder(folder, { settleMs: 0 })).finding;
  } finally {
    await writeFile(path, original);
  }
}

function linesOf(bytes: Buffer): readonly Buffer[] {
  const lines: Buffer[] = [];
  for (let start = 0; start < bytes.byteLength;) {
    const end = bytes.indexOf(NEWLINE, start) + 1;
    lines.push(bytes.subarray(start, end));
    start = end;
  }
  return lines;
}

function assertAt(finding: Finding | undefined, file: string, line: number | undefined, what: string): void {
  assert.ok(finding !== undefined, `${what}: passed`);
  assert.deepEqual([finding.file, finding.line], [file, line], `${what}: ${finding.code} ${finding.message}`);
}

function assertEntry(finding: Finding | undefined, index: number, what: string): void {
  assertAt(finding, SEGMENT, index + 1, what);
  assert.equal(finding?.index, index, what);
}

test('verifyFolder: accepts both logs, when no byte was changed', async () => {
  for (const { folder } of [small, large, foreign]) {
    const result = await verifyFolder(folder, { sealed: true, settleMs: 0 });
    assert.equal(result.finding, undefined);
    assert.equal(result.signedEntries, folder === small.folder ? 9 : LARGE_ENTRIES);
  }
});

for (const file of [SEGMENT, FILES.checkpoints, FILES.head, FILES.publicKey]) {
  test(`verifyFolder: refuses ${file} and names the line, when any one byte of it is another`, async () => {
    const original = await readFile(join(small.folder, file));
    let line = 1;
    for (let position = 0; position < original.byteLength; position += 1) {
      const bit = 1 << (position % 8);
      const finding = await findingWith(small.folder, file, (bytes) => {
        bytes[position] = (bytes[position] ?? 0) ^ bit;
        return bytes;
      });
      const hasLines = file === SEGMENT || file === FILES.checkpoints;
      assertAt(finding, file, hasLines ? line : undefined, `byte ${position} of ${file}`);
      if (original[position] === NEWLINE) line += 1;
    }
  });
}

test('verifyFolder: names the entry, when a byte becomes a newline or a NUL anywhere in it', async () => {
  const lines = linesOf(await readFile(join(large.folder, SEGMENT)));
  let start = 0;
  for (const [index, line] of lines.entries()) {
    for (const value of [NEWLINE, 0x00]) {
      const position = start + ((index * 37 + value) % (line.byteLength - 1));
      const finding = await findingWith(large.folder, SEGMENT, (bytes) => {
        bytes[position] = value;
        return bytes;
      });
      assertEntry(finding, index, `byte ${position} set to ${value}`);
    }
    start += line.byteLength;
  }
});

test('verifyFolder: names the place, when any line is deleted, doubled, or swapped with another', async () => {
  const { length } = linesOf(await readFile(join(large.folder, SEGMENT)));
  for (let index = 0; index < length; index += 1) {
    const other = (index * 7 + 13) % length;
    const edit = (change: (lines: Buffer[]) => void) =>
      findingWith(large.folder, SEGMENT, (bytes) => {
        const lines = [...linesOf(bytes)];
        change(lines);
        return Buffer.concat(lines);
      });
    assertEntry(await edit((lines) => lines.splice(index, 1)), index, `line ${index + 1} deleted`);
    assertEntry(await edit((lines) => lines.splice(index, 0, lines[index]!)), index + 1, `line ${index + 1} doubled`);
    if (other === index) continue;
    const swapped = await edit((lines) => ([lines[index], lines[other]] = [lines[other]!, lines[index]!]));
    assertEntry(swapped, Math.min(index, other), `lines ${index + 1} and ${other + 1} swapped`);
  }
});

test('verifyFolder: names the first entry that is not whole, when the segment is cut at any byte of its last lines or behind any line', async () => {
  const original = await readFile(join(large.folder, SEGMENT));
  let start = 0;
  for (const [index, line] of linesOf(original).entries()) {
    const cuts = index === 63 || index === LARGE_ENTRIES - 1 ? Array.from(line.keys()) : [0, line.byteLength - 1];
    for (const cut of cuts)
      assertEntry(await findingWith(large.folder, SEGMENT, (bytes) => bytes.subarray(0, start + cut)), index, `cut in line ${index + 1}`);
    start += line.byteLength;
  }
});

test('verifyFolder: names the entry, when a line or the whole rest comes from another log', async () => {
  const theirs = linesOf(await readFile(join(foreign.folder, SEGMENT)));
  const ours = linesOf(await readFile(join(large.folder, SEGMENT)));
  for (let index = 0; index < ours.length; index += 1) {
    if (ours[index]!.equals(theirs[index]!)) continue;
    const line = await findingWith(large.folder, SEGMENT, (bytes) => Buffer.concat(linesOf(bytes).toSpliced(index, 1, theirs[index]!)));
    assertEntry(line, index, `line ${index + 1} spliced`);
    const rest = await findingWith(large.folder, SEGMENT, (bytes) =>
      Buffer.concat([...linesOf(bytes).slice(0, index), ...theirs.slice(index)]),
    );
    assertEntry(rest, index, `rest from line ${index + 1} spliced`);
  }
});

test('verifyFolder: names the checkpoint, when one is dropped, doubled, swapped, cut, or signed by another key', async () => {
  const theirs = linesOf(await readFile(join(foreign.folder, FILES.checkpoints)));
  const { length } = linesOf(await readFile(join(large.folder, FILES.checkpoints)));
  const edit = (change: (lines: Buffer[]) => void) =>
    findingWith(large.folder, FILES.checkpoints, (bytes) => {
      const lines = [...linesOf(bytes)];
      change(lines);
      return Buffer.concat(lines);
    });
  for (let at = 0; at < length; at += 1) {
    assertAt(await edit((lines) => lines.splice(at, 1)), FILES.checkpoints, at + 1, `checkpoint ${at + 1} dropped`);
    assertAt(await edit((lines) => lines.splice(at)), FILES.checkpoints, at + 1, `checkpoints from ${at + 1} dropped`);
    assertAt(await edit((lines) => lines.splice(at, 0, lines[at]!)), FILES.checkpoints, at + 2, `checkpoint ${at + 1} doubled`);
    assertAt(await edit((lines) => lines.splice(at, 1, theirs[at]!)), FILES.checkpoints, at + 1, `checkpoint ${at + 1} of another key`);
    assertAt(await edit((lines) => lines.splice(at, 1, lines[at]!.subarray(0, 40))), FILES.checkpoints, at + 1, `checkpoint ${at + 1} cut`);
    if (at > 0) {
      const swapped = await edit((lines) => ([lines[at - 1], lines[at]] = [lines[at]!, lines[at - 1]!]));
      assertAt(swapped, FILES.checkpoints, at, `checkpoints ${at} and ${at + 1} swapped`);
    }
  }
});

test('verifyFolder: refuses, when a signature is replaced by one of another checkpoint', async () => {
  const finding = await findingWith(large.folder, FILES.checkpoints, (bytes) => {
    const lines = bytes.toString().split('\n');
    const signature = (line: string | undefined) => /— \S+ ([A-Za-z0-9+/=]+)/.exec(line ?? '')?.[1] ?? '';
    lines[4] = lines[4]!.replace(signature(lines[4]), signature(lines[5]));
    return Buffer.from(lines.join('\n'));
  });
  assertAt(finding, FILES.checkpoints, 5, 'signature replaced');
});

for (const file of [SEGMENT, FILES.checkpoints, FILES.head, FILES.publicKey]) {
  test(`verifyFolder: refuses, when ${file} is gone, empty, or another log's`, async () => {
    for (const change of [() => undefined, () => Buffer.alloc(0)]) {
      const finding = await findingWith(large.folder, file, change);
      assert.equal(finding?.file, file === FILES.head || file === FILES.publicKey ? file : finding?.file);
      assert.ok(finding !== undefined, `${file} ${change() === undefined ? 'gone' : 'empty'}: passed`);
    }
    const theirs = await readFile(join(foreign.folder, file));
    assert.ok((await findingWith(large.folder, file, () => theirs)) !== undefined, `${file} of another log: passed`);
  });
}
