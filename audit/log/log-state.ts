/** The state of a log that the next entry and the next checkpoint depend on. For the writer and recovery. */
import { assert } from '@flotilla/contracts';
import { type Frontier, growFrontier, type GrowingFrontier } from '../merkle/frontier.ts';
import { type HashHex, leafHash } from '../merkle/hash.ts';
import type { StreamCursor } from './checkpoint.ts';
import { encodeEntry, GENESIS_HASH, type LogRecord } from './entry.ts';
import { ENTRY_BYTES_MAX, segmentStart } from './format.ts';
import { advance, NO_CURSOR, streamOf, successionProblem } from './succession.ts';

export interface LogState {
  readonly frontier: GrowingFrontier;
  /** Leaf hash of the last entry. */
  tip: HashHex;
  /** Bytes of the segment that the next entry belongs to. */
  offsetBytes: number;
  readonly cursors: Map<string, StreamCursor>;
}

export interface LogPosition {
  readonly frontier: Frontier;
  readonly tip: HashHex;
  readonly offsetBytes: number;
  readonly streams: ReadonlyMap<string, StreamCursor>;
}

export const LOG_BEGINNING: LogPosition = {
  frontier: { size: 0, subtreeRoots: [] },
  tip: GENESIS_HASH,
  offsetBytes: 0,
  streams: new Map(),
};

export function makeLogState(position: LogPosition): LogState {
  return {
    frontier: growFrontier(position.frontier),
    tip: position.tip,
    offsetBytes: position.offsetBytes,
    cursors: new Map(position.streams),
  };
}

/** Encodes the next entry and moves the state over it; the bytes end with a newline. @throws AssertionError for a record that may not follow. */
export function nextEntry(state: LogState, record: LogRecord): Buffer {
  const cursor = state.cursors.get(streamOf(record)) ?? NO_CURSOR;
  const problem = successionProblem(cursor, record);
  assert(problem === undefined, problem ?? '');
  const bytes = Buffer.from(`${encodeEntry(state.frontier.size(), state.tip, record)}\n`);
  assert(bytes.byteLength <= ENTRY_BYTES_MAX, `an entry of ${bytes.byteLength} bytes is above the bound of ${ENTRY_BYTES_MAX}`);
  moveOn(state, bytes, record, cursor);
  return bytes;
}

/** Moves the state over an entry that a file already holds; `bytes` end with a newline. */
export function takeEntry(state: LogState, bytes: Buffer, record: LogRecord): void {
  moveOn(state, bytes, record, state.cursors.get(streamOf(record)) ?? NO_CURSOR);
}

function moveOn(state: LogState, bytes: Buffer, record: LogRecord, cursor: StreamCursor): void {
  state.tip = leafHash(bytes.subarray(0, -1));
  state.frontier.append(state.tip);
  state.cursors.set(streamOf(record), advance(cursor, record));
  const size = state.frontier.size();
  state.offsetBytes = segmentStart(size) === size ? 0 : state.offsetBytes + bytes.byteLength;
}
