/** Reads the lines between two checkpoints again, with the hash and frame of each, for the diagnosis. Memory does not grow with the stretch. */
import { join } from 'node:path';
import { decodeEntry } from '../log/decode-entry.ts';
import { readEntryFrame } from '../log/entry-frame.ts';
import { fileSize } from '../log/files.ts';
import { ENTRY_BYTES_MAX, SEGMENT_ENTRIES_MAX, segmentName, segmentStart } from '../log/format.ts';
import { NO_CURSOR, successionProblem } from '../log/succession.ts';
import { leafHash } from '../merkle/hash.ts';
import type { SuspectLine } from './diagnose.ts';
import { type Lines, readLines } from './read-lines.ts';

const NEWLINE = 0x0a;

/** Where the reading is. */
interface Place {
  index: number;
  /** By stream: the sequence of the last line. */
  readonly sequences: Map<string, number>;
}

export interface StretchStart {
  readonly size: number;
  /** Of the segment that entry `size` belongs to. */
  readonly offsetBytes: number;
  readonly sequences: ReadonlyMap<string, number>;
}

/**
 * The lines from `start` up to entry `through`, as many as there are, in runs. A run is to be read before the next one is asked for. A line at
 * position `n` stands where entry `start.size + n` must stand.
 */
export async function* readStretch(folder: string, start: StretchStart, through: number): AsyncGenerator<Iterable<SuspectLine>> {
  const place = { index: start.size, sequences: new Map(start.sequences) };
  let offsetBytes = start.offsetBytes;
  while (place.index < through) {
    const file = join(folder, segmentName(segmentStart(place.index)));
    if ((await fileSize(file)) === 0) return;
    const segmentEnd = segmentStart(place.index) + SEGMENT_ENTRIES_MAX;
    const stopAt = Math.min(through, segmentEnd);
    for await (const piece of readLines(file, { offsetBytes, lineBytesMax: ENTRY_BYTES_MAX })) {
      yield lookAt(piece, place, stopAt);
      if (place.index === stopAt) break;
    }
    if (place.index < segmentEnd) return;
    offsetBytes = 0;
  }
}

/** Moves `place` over the lines of a piece, up to entry `stopAt`. */
function* lookAt({ bytes, start, end }: Lines, place: Place, stopAt: number): Generator<SuspectLine> {
  for (let next = start; next < end && place.index < stopAt; place.index += 1) {
    const lineEnd = bytes.indexOf(NEWLINE, next);
    yield look(bytes.subarray(next, lineEnd), place.sequences);
    next = lineEnd + 1;
  }
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
