/** Reads the lines between two checkpoints again, with the hash and frame of each, for the diagnosis. */
import { join } from 'node:path';
import { decodeEntry } from '../log/decode-entry.ts';
import { readEntryFrame } from '../log/entry-frame.ts';
import { fileSize } from '../log/files.ts';
import { ENTRY_BYTES_MAX, SEGMENT_ENTRIES_MAX, segmentName, segmentStart } from '../log/format.ts';
import { NO_CURSOR, successionProblem } from '../log/succession.ts';
import { leafHash } from '../merkle/hash.ts';
import type { SuspectLine } from './diagnose.ts';
import { readLines } from './read-lines.ts';

/** Bound on the lines of a stretch; a checkpoint comes every few thousand entries. */
const LINES_MAX = 262_144;
const NEWLINE = 0x0a;

/** A line with its file and number. */
export interface PlacedLine extends SuspectLine {
  readonly file: string;
  readonly line: number;
}

export interface StretchStart {
  readonly size: number;
  /** Of the segment that entry `size` belongs to. */
  readonly offsetBytes: number;
  readonly sequences: ReadonlyMap<string, number>;
}

/** Lines from `start` up to entry `through`, as many as there are. */
export async function collectStretch(folder: string, start: StretchStart, through: number): Promise<readonly PlacedLine[]> {
  const lines: PlacedLine[] = [];
  const sequences = new Map(start.sequences);
  const wanted = Math.min(through - start.size, LINES_MAX);
  let index = start.size;
  let offsetBytes = start.offsetBytes;
  while (lines.length < wanted) {
    const file = segmentName(segmentStart(index));
    if ((await fileSize(join(folder, file))) === 0) break;
    const room = SEGMENT_ENTRIES_MAX - (index % SEGMENT_ENTRIES_MAX);
    let taken = 0;
    for await (const { bytes, start: first, end } of readLines(join(folder, file), { offsetBytes, lineBytesMax: ENTRY_BYTES_MAX })) {
      for (let next = first; next < end && lines.length < wanted && taken < room; taken += 1) {
        const lineEnd = bytes.indexOf(NEWLINE, next);
        lines.push({ ...look(bytes.subarray(next, lineEnd), sequences), file, line: (index % SEGMENT_ENTRIES_MAX) + taken + 1 });
        next = lineEnd + 1;
      }
      if (lines.length >= wanted || taken >= room) break;
    }
    if (taken < room) break;
    index += taken;
    offsetBytes = 0;
  }
  return lines;
}

function look(line: Buffer, sequences: Map<string, number>): SuspectLine {
  const frame = readEntryFrame(line, 0, line.byteLength);
  const hash = leafHash(line);
  if (frame === undefined) return { hash, frame };
  const last = sequences.get(frame.stream) ?? 0;
  sequences.set(frame.stream, frame.sequence);
  if (frame.sequence === last + 1) return { hash, frame };
  const record = decodeEntry(line.toString())?.record;
  const expected = `expected sequence ${last + 1} of ${frame.stream}, found ${frame.sequence}`;
  const succession = record === undefined ? expected : successionProblem({ ...NO_CURSOR, sequence: last }, record);
  return { hash, frame, succession };
}
