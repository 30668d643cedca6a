/** The quick pass over entries: checks of a line that take about two microseconds together. Pure. */
import type { StreamCursor } from '../log/checkpoint.ts';
import { decodeEntry } from '../log/decode-entry.ts';
import { readEntryFrame } from '../log/entry-frame.ts';
import { GENESIS_HASH, type LogRecord } from '../log/entry.ts';
import { SEGMENT_ENTRIES_MAX } from '../log/format.ts';
import { NO_CURSOR, successionProblem } from '../log/succession.ts';
import { growFrontier, type GrowingFrontier } from '../merkle/frontier.ts';
import { type HashHex, LEAF_PREFIX, prefixedLeafHash } from '../merkle/hash.ts';

const NEWLINE = 0x0a;

/** The state that the scan must have after `size` entries. */
export interface Milestone {
  readonly size: number;
  readonly root: HashHex;
  readonly tip?: HashHex;
  readonly offsetBytes?: number;
  readonly streams?: ReadonlyMap<string, StreamCursor>;
}

export interface Scan {
  readonly frontier: GrowingFrontier;
  readonly sequences: Map<string, number>;
  tip: HashHex;
  /** Bytes of the current segment read so far. */
  offsetBytes: number;
}

export function startScan(): Scan {
  return { frontier: growFrontier(), sequences: new Map(), tip: GENESIS_HASH, offsetBytes: 0 };
}

/** Reads whole lines until `size` entries are in, the segment is full, or a line is bad. `next` is where the first unread line begins. */
export function scanLines(
  scan: Scan,
  bytes: Buffer,
  start: number,
  end: number,
  size: number,
): { readonly next: number; readonly bad: boolean } {
  let next = start;
  const segmentEnd = scan.frontier.size() - (scan.frontier.size() % SEGMENT_ENTRIES_MAX) + SEGMENT_ENTRIES_MAX;
  const stopAt = Math.min(size, segmentEnd);
  while (next < end && scan.frontier.size() < stopAt) {
    const lineEnd = bytes.indexOf(NEWLINE, next);
    const frame = readEntryFrame(bytes, next, lineEnd);
    if (frame === undefined || frame.index !== scan.frontier.size() || frame.prevHash !== scan.tip) return { next, bad: true };
    const last = scan.sequences.get(frame.stream) ?? 0;
    if (frame.sequence !== last + 1 && !followsAsNote(bytes.toString('utf8', next, lineEnd), last)) return { next, bad: true };
    scan.sequences.set(frame.stream, frame.sequence);
    bytes[next - 1] = LEAF_PREFIX;
    scan.tip = prefixedLeafHash(bytes.subarray(next - 1, lineEnd));
    scan.frontier.append(scan.tip);
    scan.offsetBytes += lineEnd + 1 - next;
    next = lineEnd + 1;
  }
  return { next, bad: false };
}

/** True when the scan has the state that the milestone signs. */
export function meetsMilestone(scan: Scan, milestone: Milestone): boolean {
  const { frontier, tip, offsetBytes, sequences } = scan;
  if (frontier.size() !== milestone.size || frontier.root() !== milestone.root) return false;
  if (milestone.tip !== undefined && milestone.tip !== tip) return false;
  const offset = milestone.size % SEGMENT_ENTRIES_MAX === 0 ? 0 : offsetBytes;
  if (milestone.offsetBytes !== undefined && milestone.offsetBytes !== offset) return false;
  for (const [stream, cursor] of milestone.streams ?? []) if (sequences.get(stream) !== cursor.sequence) return false;
  return milestone.streams === undefined || milestone.streams.size === sequences.size;
}

function followsAsNote(line: string, lastSequence: number): boolean {
  const record: LogRecord | undefined = decodeEntry(line)?.record;
  return record !== undefined && successionProblem({ ...NO_CURSOR, sequence: lastSequence }, record) === undefined;
}
