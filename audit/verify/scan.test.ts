import assert from 'node:assert/strict';
import { test } from 'node:test';
import { encodeEntry, GENESIS_HASH, type LogRecord } from '../log/entry.ts';
import { SEGMENT_ENTRIES_MAX } from '../log/format.ts';
import { growFrontier } from '../merkle/frontier.ts';
import { leafHash } from '../merkle/hash.ts';
import { asLines, composeLog } from '../testing/composed-log.ts';
import { sampleRecords } from '../testing/sample-log.ts';
import { meetsMilestone, scanLines, startScan, type Milestone, type Scan } from './scan.ts';

const RECORDS = sampleRecords(30, 'scan');
const { entries: ENTRIES } = composeLog(RECORDS, []);
const ALL = Number.MAX_SAFE_INTEGER;

/** As the reader gives them: one free byte in front. */
const bytesOf = (lines: readonly string[]): Buffer => Buffer.from(`x${asLines(lines)}`);
function scanned(lines: readonly string[], size = ALL, scan: Scan = startScan()) {
  const bytes = bytesOf(lines);
  return { scan, bytes, ...scanLines(scan, bytes, 1, bytes.byteLength, size) };
}
const message = (stream: string, sequence: number): LogRecord => ({
  type: 'message',
  message: { stream, sequence, subject: 's', storedAtMs: 0, payload: Buffer.from('{}'), headers: {} },
});
/** Lines that are chained, whatever their sequences say. */
function chained(records: readonly LogRecord[], first = 0, tip = GENESIS_HASH): readonly string[] {
  return records.map((record, at) => {
    const line = encodeEntry(first + at, tip, record);
    tip = leafHash(Buffer.from(line));
    return line;
  });
}

test('scanLines: reads all good lines, and knows root, tip, bytes and the sequence of each stream', () => {
  const { scan, bytes, next, bad } = scanned(ENTRIES);
  assert.deepEqual([next, bad], [bytes.byteLength, false]);
  const leaves = ENTRIES.map((line) => leafHash(Buffer.from(line)));
  const frontier = growFrontier();
  for (const leaf of leaves) frontier.append(leaf);
  assert.deepEqual([scan.frontier.size(), scan.frontier.root(), scan.tip], [30, frontier.root(), leaves.at(-1)]);
  assert.equal(scan.offsetBytes, bytes.byteLength - 1);
  const { checkpoints } = composeLog(RECORDS, [30]);
  for (const [stream, sequence] of scan.sequences) assert.match(checkpoints[0] ?? '', new RegExp(`stream ${stream} ${sequence} `));
  assert.equal(scan.sequences.size, 3);
});

test('scanLines: stops before the first line that the caller does not want, and goes on from there', () => {
  const { scan, bytes, next, bad } = scanned(ENTRIES, 10);
  assert.deepEqual([scan.frontier.size(), next, bad], [10, 1 + asLines(ENTRIES.slice(0, 10)).length, false]);
  assert.deepEqual(scanLines(scan, bytes, next, bytes.byteLength, ALL), { next: bytes.byteLength, bad: false });
  assert.equal(scan.frontier.size(), 30);
});

for (const { what, line } of [
  { what: 'has another index', line: (text: string) => text.replace('{"index":4,', '{"index":5,') },
  { what: 'names another hash for the entry before', line: (text: string) => text.replace(/"prevHash":"./, '"prevHash":"x') },
  { what: 'has another sequence', line: (text: string) => text.replace(/"sequence":2/, '"sequence":3') },
  { what: 'is torn', line: (text: string) => text.slice(0, -1) },
]) {
  test(`scanLines: stops at entry 4 and keeps the state before it, when the line ${what}`, () => {
    const lines = ENTRIES.with(4, line(ENTRIES[4] ?? ''));
    assert.notEqual(lines[4], ENTRIES[4]);
    const { scan, next, bad } = scanned(lines);
    assert.deepEqual([scan.frontier.size(), next, bad], [4, 1 + asLines(ENTRIES.slice(0, 4)).length, true]);
    assert.equal(scan.tip, leafHash(Buffer.from(ENTRIES[3] ?? '')));
  });
}

for (const { what, records, bad } of [
  { what: 'begins with sequence 1', records: [message('A', 1), message('B', 1), message('A', 2)], bad: false },
  { what: 'begins with sequence 2', records: [message('A', 2)], bad: true },
  { what: 'repeats a sequence', records: [message('A', 1), message('A', 1)], bad: true },
  { what: 'goes back by one', records: [message('A', 1), message('A', 2), message('A', 1)], bad: true },
  {
    what: 'has a note for its hole',
    records: [message('A', 1), { type: 'note', note: { kind: 'MISSING', stream: 'A', from: 2, sequence: 4 } }, message('A', 5)],
    bad: false,
  },
  {
    what: 'has a note for another hole',
    records: [message('A', 1), { type: 'note', note: { kind: 'MISSING', stream: 'A', from: 3, sequence: 4 } }],
    bad: true,
  },
  {
    what: 'is created anew, as a note says',
    records: [message('A', 1), { type: 'note', note: { kind: 'RESTARTED', stream: 'A', lastSequence: 1, sequence: 0 } }, message('A', 1)],
    bad: false,
  },
] satisfies readonly { readonly what: string; readonly records: readonly LogRecord[]; readonly bad: boolean }[]) {
  test(`scanLines: ${bad ? 'refuses' : 'takes'} the lines, when a stream ${what}`, () => {
    assert.equal(scanned(chained(records)).bad, bad);
  });
}

/** A scan that has read `size` entries; which ones does not matter. */
function scanAt(size: number): Scan {
  const bits = size.toString(2).replaceAll('0', '').length;
  const frontier = growFrontier({ size, subtreeRoots: Array.from({ length: bits }, (_, at) => leafHash(Buffer.from(`root ${at}`))) });
  return { ...startScan(), frontier };
}

test('scanLines: stops at the end of a segment, because the next entry belongs into another file', () => {
  const records = [message('A', 1), message('A', 2), message('A', 3)];
  const last = scanned(chained(records, SEGMENT_ENTRIES_MAX - 1), ALL, scanAt(SEGMENT_ENTRIES_MAX - 1));
  assert.deepEqual([last.scan.frontier.size(), last.bad], [SEGMENT_ENTRIES_MAX, false]);
  const first = scanned(chained(records, SEGMENT_ENTRIES_MAX), ALL, scanAt(SEGMENT_ENTRIES_MAX));
  assert.deepEqual([first.scan.frontier.size(), first.bad], [SEGMENT_ENTRIES_MAX + 3, false]);
});

const { scan: END } = scanned(ENTRIES);
const cursors = (sequences: ReadonlyMap<string, number>) =>
  new Map([...sequences].map(([stream, sequence]) => [stream, { sequence, storedAtMs: 0 }]));
const TRUE_MILESTONE: Required<Milestone> = {
  size: 30,
  root: END.frontier.root(),
  tip: END.tip,
  offsetBytes: END.offsetBytes,
  streams: cursors(END.sequences),
};

test('meetsMilestone: holds for what is true, and for a milestone that says less', () => {
  assert.equal(meetsMilestone(END, TRUE_MILESTONE), true);
  assert.equal(meetsMilestone(END, { size: 30, root: TRUE_MILESTONE.root }), true);
});

for (const { what, change } of [
  { what: 'the size', change: { size: 29 } },
  { what: 'the root', change: { root: GENESIS_HASH } },
  { what: 'the tip', change: { tip: GENESIS_HASH } },
  { what: 'the offset', change: { offsetBytes: END.offsetBytes + 1 } },
  { what: 'the sequence of a stream', change: { streams: cursors(new Map([...END.sequences, ['SIGNALS', 1]])) } },
  { what: 'the streams, of which one is missing', change: { streams: cursors(new Map([...END.sequences].slice(1))) } },
  { what: 'the streams, of which one is too many', change: { streams: cursors(new Map([...END.sequences, ['MORE', 1]])) } },
]) {
  test(`meetsMilestone: does not hold, when it signs another value for ${what}`, () => {
    assert.equal(meetsMilestone(END, { ...TRUE_MILESTONE, ...change }), false);
  });
}

test('meetsMilestone: expects offset 0, when the next entry begins a segment', () => {
  const scan = { ...scanAt(SEGMENT_ENTRIES_MAX), offsetBytes: 12_345 };
  const milestone = { size: SEGMENT_ENTRIES_MAX, root: scan.frontier.root() };
  assert.equal(meetsMilestone(scan, { ...milestone, offsetBytes: 0 }), true);
  assert.equal(meetsMilestone(scan, { ...milestone, offsetBytes: 12_345 }), false);
});
