/** Verifies the entries of a folder against its checkpoints, in one pass over both; memory does not grow with the log. */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Checkpoint } from '../log/checkpoint.ts';
import { ENTRY_BYTES_MAX, FILES, SEGMENT_ENTRIES_MAX, segmentFirstIndex, segmentName, segmentStart } from '../log/format.ts';
import { frontierRoot, type Frontier } from '../merkle/frontier.ts';
import { diagnose } from './diagnose.ts';
import type { Finding } from './finding.ts';
import { type Lines, readLines, type Rest } from './read-lines.ts';
import { readStretch } from './read-stretch.ts';
import { meetsMilestone, type Scan, scanLines } from './scan.ts';

export interface VerifyEntriesOptions {
  /** How long an entry without end may still grow. */
  readonly settleMs: number;
  /** A checkpoint from outside the folder. */
  readonly trusted?: { readonly size: number; readonly root: string } | undefined;
  /** Called at each checkpoint with the entries read so far. */
  readonly onProgress?: ((entries: number) => void) | undefined;
}

/** The state at the last good checkpoint, from which a bad stretch is read again. */
interface Safe {
  readonly frontier: Frontier;
  readonly tip: string;
  readonly offsetBytes: number;
  readonly sequences: ReadonlyMap<string, number>;
}

interface Pass {
  readonly folder: string;
  readonly options: VerifyEntriesOptions;
  readonly scan: Scan;
  readonly checkpoints: AsyncIterator<Checkpoint, Finding | undefined>;
  /** The next checkpoint that the scan must meet; undefined behind the last one. */
  expected: Checkpoint | undefined;
  /** Why the list of checkpoints can no longer be believed. */
  listFinding: Finding | undefined;
  safe: Safe;
}

/** Moves `scan` over the good entries. Undefined when all entries are good. */
export async function verifyEntries(
  folder: string,
  scan: Scan,
  checkpoints: AsyncIterator<Checkpoint, Finding | undefined>,
  options: VerifyEntriesOptions,
): Promise<Finding | undefined> {
  const pass: Pass = { folder, options, scan, checkpoints, expected: undefined, listFinding: undefined, safe: safePlace(scan) };
  await expectNext(pass);
  const segments = (await readdir(folder)).filter((name) => segmentFirstIndex(name) !== undefined).sort();
  for (const name of segments) {
    const finding = pass.listFinding ?? (await verifySegment(pass, name));
    if (finding !== undefined) return finding;
  }
  return pass.listFinding ?? (pass.expected === undefined ? unreachedFinding(pass) : explain(pass));
}

async function expectNext(pass: Pass): Promise<void> {
  const step = await pass.checkpoints.next();
  [pass.expected, pass.listFinding] = step.done === true ? [undefined, step.value] : [step.value, undefined];
}

async function verifySegment(pass: Pass, name: string): Promise<Finding | undefined> {
  const { folder, scan, options } = pass;
  const first = scan.frontier.size();
  if (name !== segmentName(first)) return pass.expected === undefined ? missingSegment(first, name) : explain(pass);
  scan.offsetBytes = 0;
  await using reading = readLines(join(folder, name), { settleMs: options.settleMs, lineBytesMax: ENTRY_BYTES_MAX });
  let step = await reading.next();
  for (; step.done !== true; step = await reading.next()) {
    const finding = await verifyPiece(pass, step.value, first);
    if (finding !== undefined) return finding;
  }
  if (step.value.bytes === 0) return undefined;
  return pass.expected === undefined ? unfinished(name, scan, step.value) : explain(pass);
}

/** `first`: index of the first entry of the segment. */
async function verifyPiece(pass: Pass, { bytes, start, end }: Lines, first: number): Promise<Finding | undefined> {
  const { scan, options } = pass;
  for (let next = start; next < end;) {
    const target = nextTarget(scan.frontier.size(), pass.expected?.size, options.trusted?.size);
    const result = scanLines(scan, bytes, next, end, target);
    if (result.bad) return explain(pass);
    const finding = await settle(pass);
    if (finding !== undefined) return finding;
    next = result.next;
    const isFull = scan.frontier.size() === first + SEGMENT_ENTRIES_MAX;
    if (next < end && isFull) return tooManyLines(segmentName(first), first + SEGMENT_ENTRIES_MAX);
  }
  return undefined;
}

/** Undefined when everything signed or trusted at this size is as signed or trusted. */
async function settle(pass: Pass): Promise<Finding | undefined> {
  const { scan, options } = pass;
  const size = scan.frontier.size();
  if (pass.expected?.size === size) {
    if (!meetsMilestone(scan, pass.expected)) return explain(pass);
    pass.safe = safePlace(scan);
    options.onProgress?.(size);
    await expectNext(pass);
    if (pass.listFinding !== undefined) return pass.listFinding;
  }
  const { trusted } = options;
  return trusted?.size === size && frontierRoot(scan.frontier.snapshot()) !== trusted.root
    ? untrusted(trusted.size, 'has another root')
    : undefined;
}

/** Where the scan must pause: at the next checkpoint or at the trusted size. */
function nextTarget(size: number, milestone: number | undefined, trusted: number | undefined): number {
  const ahead = [milestone, trusted].filter((target) => target !== undefined && target > size) as readonly number[];
  return Math.min(Number.MAX_SAFE_INTEGER, ...ahead);
}

/** Reads the stretch behind the last good checkpoint again, and names the first bad entry. */
async function explain({ folder, safe, expected }: Pass): Promise<Finding> {
  const size = safe.frontier.size;
  const runs = readStretch(folder, { ...safe, size }, expected?.size ?? Number.MAX_SAFE_INTEGER);
  const { code, position, message } = await diagnose({ before: safe.frontier, tipBefore: safe.tip, runs, signed: expected });
  const index = size + position;
  return { code, message, file: segmentName(segmentStart(index)), line: lineOf(index), index };
}

function safePlace(scan: Scan): Safe {
  const frontier = scan.frontier.snapshot();
  const offsetBytes = frontier.size % SEGMENT_ENTRIES_MAX === 0 ? 0 : scan.offsetBytes;
  return { frontier, tip: scan.tip, offsetBytes, sequences: new Map(scan.sequences) };
}

function unreachedFinding({ scan, options: { trusted } }: Pass): Finding | undefined {
  return trusted !== undefined && trusted.size > scan.frontier.size()
    ? untrusted(trusted.size, 'is not reached: entries were cut')
    : undefined;
}

function missingSegment(index: number, found: string): Finding {
  const message = `expected entry ${index} here, found the next entries in ${found}`;
  return { code: 'ENTRY_MISSING', file: segmentName(segmentStart(index)), line: lineOf(index), index, message };
}

function tooManyLines(file: string, index: number): Finding {
  const message = `expected at most ${SEGMENT_ENTRIES_MAX} entries in one segment, found more`;
  return { code: 'ENTRY_OUT_OF_PLACE', file, line: SEGMENT_ENTRIES_MAX + 1, index, message };
}

function unfinished(file: string, scan: Scan, { isTooLong }: Rest): Finding {
  const index = scan.frontier.size();
  return isTooLong
    ? {
        code: 'ENTRY_MALFORMED',
        file,
        line: lineOf(index),
        index,
        message: `expected at most ${ENTRY_BYTES_MAX} bytes, found a longer line`,
      }
    : {
        code: 'ENTRY_UNFINISHED',
        file,
        line: lineOf(index),
        index,
        message: 'ends within an entry: a crash of the writer (its next start mends that), or a cut',
      };
}

function untrusted(size: number, what: string): Finding {
  return { code: 'NOT_THE_TRUSTED_LOG', file: FILES.checkpoints, message: `the trusted checkpoint of ${size} entries ${what}` };
}

/** Number of the line that holds entry `index`, from 1. */
function lineOf(index: number): number {
  return index - segmentStart(index) + 1;
}
