/** Turns deliveries of the bus into records that may follow each other. Does no input or output but through `readMissing`. */
import type { StoredMessage } from '@flotilla/contracts';
import type { StreamCursor } from '../log/checkpoint.ts';
import type { LogRecord } from '../log/entry.ts';
import { admit, advance } from '../log/succession.ts';

/** Reads the messages of a range that the stream still holds, in order. */
export type ReadMissing = (from: number, through: number) => AsyncIterable<StoredMessage>;

/**
 * Yields the records that bring the log from `cursor` to behind `message`: nothing for a duplicate, the messages between when it came ahead
 * of them (read from the stream itself), and a note for every hole that the stream has. Redeliveries may come in any order.
 */
export async function* planRecords(cursor: StreamCursor, message: StoredMessage, readMissing: ReadMissing): AsyncGenerator<LogRecord> {
  const { stream } = message;
  let current = cursor;
  const step = (record: LogRecord): LogRecord => {
    current = advance(current, record);
    return record;
  };
  const hole = (through: number): LogRecord =>
    step({ type: 'note', note: { kind: 'MISSING', stream, from: current.sequence + 1, sequence: through } });

  let admission = admit(current, message);
  if (admission.kind === 'DUPLICATE') return;
  if (admission.kind === 'RESTARTED') {
    yield step({ type: 'note', note: { kind: 'RESTARTED', stream, lastSequence: current.sequence, sequence: 0 } });
    admission = admit(current, message);
  }
  if (admission.kind === 'AHEAD') {
    for await (const missing of readMissing(admission.from, admission.through)) {
      if (missing.sequence <= current.sequence || missing.sequence > admission.through) continue;
      if (missing.sequence > current.sequence + 1) yield hole(missing.sequence - 1);
      yield step({ type: 'message', message: missing });
    }
    if (current.sequence < admission.through) yield hole(admission.through);
  }
  yield step({ type: 'message', message });
}
