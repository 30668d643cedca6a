/** A line of the log back to the record it holds; the slow, complete way, for recovery, diagnosis and readers. */
import { z } from 'zod';
import { canonicalJson } from '@flotilla/contracts';
import type { HashHex } from '../merkle/hash.ts';
import { encodeEntry, type LogRecord } from './entry.ts';

const frameShape = {
  index: z.int().min(0),
  prevHash: z.string().length(64),
  sequence: z.int().min(0),
  stream: z.string(),
} as const;

const messageEntrySchema = z.strictObject({
  ...frameShape,
  message: z.strictObject({
    headers: z.record(z.string(), z.string()),
    id: z.string().optional(),
    payload: z.unknown().optional(),
    payloadBase64: z.string().optional(),
    storedAt: z.iso.datetime(),
    subject: z.string(),
  }),
});

const noteEntrySchema = z.strictObject({
  ...frameShape,
  note: z.discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('MISSING'), from: z.int().min(1) }),
    z.strictObject({ kind: z.literal('RESTARTED'), lastSequence: z.int().min(0) }),
  ]),
});

const entrySchema = z.union([messageEntrySchema, noteEntrySchema]);

export interface DecodedEntry {
  readonly index: number;
  readonly prevHash: HashHex;
  readonly record: LogRecord;
}

/** Undefined for any line that {@link encodeEntry} would not have written. */
export function decodeEntry(line: string): DecodedEntry | undefined {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return undefined;
  }
  const parsed = entrySchema.safeParse(value);
  if (!parsed.success) return undefined;
  const { index, prevHash } = parsed.data;
  const record = recordOf(parsed.data);
  return encodeEntry(index, prevHash, record) === line ? { index, prevHash, record } : undefined;
}

function recordOf(entry: z.infer<typeof entrySchema>): LogRecord {
  const { stream, sequence } = entry;
  if ('note' in entry) {
    if (entry.note.kind === 'RESTARTED') return { type: 'note', note: { ...entry.note, stream, sequence: 0 } };
    return { type: 'note', note: { ...entry.note, stream, sequence } };
  }
  const { headers, id, payload, payloadBase64, storedAt, subject } = entry.message;
  const bytes = payloadBase64 === undefined ? Buffer.from(canonicalJson(payload)) : Buffer.from(payloadBase64, 'base64');
  return {
    type: 'message',
    message: {
      stream,
      sequence,
      subject,
      storedAtMs: Date.parse(storedAt),
      payload: bytes,
      headers: id === undefined ? headers : { ...headers, 'Nats-Msg-Id': id },
    },
  };
}
