/** Verifies an audit folder offline: nothing but its files and, best, a key and a checkpoint that came on another way. */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Checkpoint } from '../log/checkpoint.ts';
import { readFileIfThere } from '../log/files.ts';
import { FILES, SEGMENT_ENTRIES_MAX, segmentFirstIndex, segmentName } from '../log/format.ts';
import { formatVerifierKey, type NoteVerifier, parseVerifierKey } from '../log/signed-note.ts';
import { frontierRoot, type Frontier } from '../merkle/frontier.ts';
import { collectStretch } from './collect-stretch.ts';
import { diagnose } from './diagnose.ts';
import type { Finding, VerifyResult } from './finding.ts';
import { readCheckpoints } from './read-checkpoints.ts';
import { readLines } from './read-lines.ts';
import { meetsMilestone, type Milestone, type Scan, scanLines, startScan } from './scan.ts';

export interface VerifyOptions {
  /** Verifier key from outside the folder. Without it the folder's own is believed, and whoever can write the folder can replace it. */
  readonly verifierKey?: string;
  /** A checkpoint from outside the folder: the log must contain it. Without it a cut back to an earlier checkpoint cannot be seen. */
  readonly trusted?: { readonly size: number; readonly root: string };
  /** Also refuse entries behind the last checkpoint, for a log whose writer was stopped. */
  readonly sealed?: boolean;
  /** How long an entry without end may still grow, since its writer may be at work. Default 200. */
  readonly settleMs?: number;
  /** Called now and then with the entries read so far. */
  readonly onProgress?: (entries: number) => void;
}

const SETTLE_MS = 200;

/** The state at the last good checkpoint, from which a bad stretch is read again. */
interface Safe {
  readonly frontier: Frontier;
  readonly tip: string;
  readonly offsetBytes: number;
  readonly sequences: ReadonlyMap<string, number>;
}

/** Never rejects for what the folder holds; file-system errors other than a missing file come as they are. */
export async function verifyFolder(folder: string, options: VerifyOptions = {}): Promise<VerifyResult> {
  const verifier = await findVerifier(folder, options.verifierKey);
  if ('code' in verifier) return failure(verifier);
  const list = await readCheckpoints(folder, verifier, options.settleMs ?? SETTLE_MS);
  if ('finding' in list) return { ...failure(list.finding), verifierKey: formatVerifierKey(verifier) };
  const { checkpoints } = list;
  const scan = startScan();
  const finding = (await verifyEntries(folder, scan, checkpoints, options)) ?? sealedFinding(scan, checkpoints, options);
  const newest = checkpoints.at(-1);
  return {
    ok: finding === undefined,
    ...(finding === undefined ? {} : { finding }),
    entries: scan.frontier.size(),
    signedEntries: Math.min(scan.frontier.size(), newest?.size ?? 0),
    checkpoints: checkpoints.length,
    ...(newest === undefined ? {} : { root: newest.root, signedAt: new Date(newest.timeMs).toISOString() }),
    verifierKey: formatVerifierKey(verifier),
  };
}

async function findVerifier(folder: string, given: string | undefined): Promise<NoteVerifier | Finding> {
  const file = FILES.publicKey;
  const inFolder = await readFileIfThere(join(folder, file));
  if (inFolder === undefined) return { code: 'FILE_MISSING', file, message: 'expected the verifier key of the log, found no file' };
  const verifier = parseVerifierKey(inFolder);
  if (verifier === undefined || `${formatVerifierKey(verifier)}\n` !== inFolder) {
    return { code: 'KEY_INVALID', file, message: 'not an Ed25519 verifier key' };
  }
  if (given !== undefined && formatVerifierKey(verifier) !== given.trim()) {
    return { code: 'KEY_INVALID', file, message: 'not the verifier key that you gave' };
  }
  return verifier;
}

async function verifyEntries(
  folder: string,
  scan: Scan,
  checkpoints: readonly Checkpoint[],
  options: VerifyOptions,
): Promise<Finding | undefined> {
  const milestones: readonly Milestone[] = checkpoints;
  const segments = (await readdir(folder)).filter((name) => segmentFirstIndex(name) !== undefined).sort();
  let safe = safePlace(scan);
  let reached = 0;

  const explain = (): Promise<Finding> => explainStretch(folder, safe, milestones[reached]);
  /** Undefined when everything signed or trusted at this size is so. */
  const settle = (): Finding | undefined | 'BAD' => {
    const size = scan.frontier.size();
    const { trusted } = options;
    const milestone = milestones[reached];
    if (milestone?.size === size) {
      if (!meetsMilestone(scan, milestone)) return 'BAD';
      reached += 1;
      safe = safePlace(scan);
      options.onProgress?.(size);
    }
    return trusted?.size === size && frontierRoot(scan.frontier.snapshot()) !== trusted.root
      ? untrusted(trusted.size, 'has another root')
      : undefined;
  };

  for (const name of segments) {
    const size = scan.frontier.size();
    if (name !== segmentName(size)) return milestones[reached] === undefined ? missingSegment(size, name) : explain();
    scan.offsetBytes = 0;
    await using reading = readLines(join(folder, name), { settleMs: options.settleMs ?? SETTLE_MS });
    let step = await reading.next();
    for (; step.done !== true; step = await reading.next()) {
      const { bytes, start, end } = step.value;
      for (let next = start; next < end;) {
        const target = nextTarget(scan.frontier.size(), milestones[reached]?.size, options.trusted?.size);
        const result = scanLines(scan, bytes, next, end, target);
        if (result.bad) return explain();
        const settled = settle();
        if (settled === 'BAD') return explain();
        if (settled !== undefined) return settled;
        next = result.next;
        if (next < end && scan.frontier.size() === size + SEGMENT_ENTRIES_MAX) return tooManyLines(name, size + SEGMENT_ENTRIES_MAX);
      }
    }
    if (step.value.restBytes > 0) return milestones[reached] === undefined ? unfinished(name, scan) : explain();
  }
  if (milestones[reached] !== undefined) return explain();
  const { trusted } = options;
  return trusted !== undefined && trusted.size > scan.frontier.size()
    ? untrusted(trusted.size, 'is not reached: entries were cut')
    : undefined;
}

/** Where the scan must pause: at the next checkpoint or at the trusted size. */
function nextTarget(size: number, milestone: number | undefined, trusted: number | undefined): number {
  const ahead = [milestone, trusted].filter((target) => target !== undefined && target > size) as readonly number[];
  return Math.min(Number.MAX_SAFE_INTEGER, ...ahead);
}

async function explainStretch(folder: string, safe: Safe, signed: Milestone | undefined): Promise<Finding> {
  const size = safe.frontier.size;
  const lines = await collectStretch(folder, { ...safe, size }, signed?.size ?? Number.MAX_SAFE_INTEGER);
  const { code, position, message } = diagnose({
    before: safe.frontier,
    tipBefore: safe.tip,
    lines,
    ...(signed === undefined ? {} : { signed }),
  });
  const bad = lines[position];
  const index = size + position;
  const file = bad?.file ?? segmentName(index - (index % SEGMENT_ENTRIES_MAX));
  return { code, message, file, line: bad?.line ?? (index % SEGMENT_ENTRIES_MAX) + 1, index };
}

function safePlace(scan: Scan): Safe {
  const frontier = scan.frontier.snapshot();
  const offsetBytes = frontier.size % SEGMENT_ENTRIES_MAX === 0 ? 0 : scan.offsetBytes;
  return { frontier, tip: scan.tip, offsetBytes, sequences: new Map(scan.sequences) };
}

function sealedFinding(scan: Scan, checkpoints: readonly Checkpoint[], options: VerifyOptions): Finding | undefined {
  const signed = checkpoints.at(-1)?.size ?? 0;
  const size = scan.frontier.size();
  if (options.sealed !== true || size <= signed) return undefined;
  const file = segmentName(signed - (signed % SEGMENT_ENTRIES_MAX));
  const message = `expected every entry under a checkpoint, found ${size - signed} behind the last one`;
  return { code: 'UNSIGNED_TAIL', file, line: (signed % SEGMENT_ENTRIES_MAX) + 1, index: signed, message };
}

function missingSegment(size: number, found: string): Finding {
  const file = segmentName(size - (size % SEGMENT_ENTRIES_MAX));
  const message = `expected entry ${size} here, found the next entries in ${found}`;
  return { code: 'ENTRY_MISSING', file, line: (size % SEGMENT_ENTRIES_MAX) + 1, index: size, message };
}

function tooManyLines(file: string, index: number): Finding {
  const message = `expected at most ${SEGMENT_ENTRIES_MAX} entries in one segment, found more`;
  return { code: 'ENTRY_OUT_OF_PLACE', file, line: SEGMENT_ENTRIES_MAX + 1, index, message };
}

function unfinished(file: string, scan: Scan): Finding {
  const index = scan.frontier.size();
  const message = 'ends within an entry: a crash of the writer (its next start mends that), or a cut';
  return { code: 'ENTRY_UNFINISHED', file, line: (index % SEGMENT_ENTRIES_MAX) + 1, index, message };
}

function untrusted(size: number, what: string): Finding {
  return { code: 'NOT_THE_TRUSTED_LOG', file: FILES.checkpoints, message: `the trusted checkpoint of ${size} entries ${what}` };
}

function failure(finding: Finding): VerifyResult {
  return { ok: false, finding, entries: 0, signedEntries: 0, checkpoints: 0 };
}
