/** Says which record may follow in one stream: every sequence comes once and in order, and a note stands for every hole. Pure. */
import { unreachable } from '@flotilla/contracts';
import type { StreamCursor } from './checkpoint.ts';
import type { LoggedMessage, LogRecord } from './entry.ts';

export const NO_CURSOR: StreamCursor = { sequence: 0, storedAtMs: 0 };

/** How a message that the bus delivered follows the messages of the log. */
export type Admission =
  | { readonly kind: 'APPEND' }
  /** Already in the log: a redelivery. */
  | { readonly kind: 'DUPLICATE' }
  /** Messages before it are not in the log yet. */
  | { readonly kind: 'AHEAD'; readonly from: number; readonly through: number }
  /** The sequence is low and was stored later than all that the log has of the stream: the stream was deleted and created again. */
  | { readonly kind: 'RESTARTED' };

/** Deliveries and reads round the same time stamp of the bus to milliseconds in different directions. */
const ROUNDING_MS = 1;

export function admit(cursor: StreamCursor, message: Pick<LoggedMessage, 'sequence' | 'storedAtMs'>): Admission {
  if (message.sequence <= cursor.sequence)
    return { kind: message.storedAtMs > cursor.storedAtMs + ROUNDING_MS ? 'RESTARTED' : 'DUPLICATE' };
  if (message.sequence === cursor.sequence + 1) return { kind: 'APPEND' };
  return { kind: 'AHEAD', from: cursor.sequence + 1, through: message.sequence - 1 };
}

/** The reason why `record` cannot follow `cursor`; undefined when the record can. */
export function successionProblem(cursor: StreamCursor, record: LogRecord): string | undefined {
  const expected = cursor.sequence + 1;
  if (record.type === 'message') {
    const { stream, sequence } = record.message;
    return sequence === expected ? undefined : `expected sequence ${expected} of ${stream}, found ${sequence}`;
  }
  const { note } = record;
  switch (note.kind) {
    case 'MISSING':
      return note.from === expected && note.sequence >= note.from
        ? undefined
        : `expected a hole in ${note.stream} from ${expected}, found one from ${note.from} through ${note.sequence}`;
    case 'RESTARTED':
      return note.lastSequence === cursor.sequence
        ? undefined
        : `expected ${note.stream} to restart after ${cursor.sequence}, found after ${note.lastSequence}`;
    default:
      return unreachable(note);
  }
}

/** The cursor behind `record`. The time kept is the latest seen, so that a clock set back cannot make old messages look new. */
export function advance(cursor: StreamCursor, record: LogRecord): StreamCursor {
  if (record.type === 'note') return { sequence: record.note.sequence, storedAtMs: cursor.storedAtMs };
  return { sequence: record.message.sequence, storedAtMs: Math.max(cursor.storedAtMs, Math.floor(record.message.storedAtMs)) };
}

export function streamOf(record: LogRecord): string {
  return record.type === 'message' ? record.message.stream : record.note.stream;
}
