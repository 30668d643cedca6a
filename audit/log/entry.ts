/**
 * One entry of the log: one line of canonical JSON (RFC 8785), and the leaf of the Merkle tree is that line without its newline.
 *
 * Keys sort as `index`, `message` or `note`, `prevHash`, `sequence`, `stream`: what a verifier needs of every line stands at its fixed
 * ends, so it reads them without parsing the JSON between ({@link ./entry-frame.ts}).
 */
import { canonicalJson, formatTime, HEADERS, unreachable } from '@flotilla/contracts';
import type { HashHex } from '../merkle/hash.ts';

/** `prevHash` of the first entry. */
export const GENESIS_HASH: HashHex = '0'.repeat(64);

/** Fields of a message that the log keeps. A StoredMessage of the bus has this shape. */
export interface LoggedMessage {
  readonly stream: string;
  readonly sequence: number;
  readonly subject: string;
  readonly storedAtMs: number;
  readonly payload: Uint8Array;
  readonly headers: Readonly<Record<string, string>>;
}

/**
 * MISSING: the stream no longer holds `from` through `sequence` (expired, or deleted).
 * RESTARTED: the stream was created anew, and its sequences begin at 1 again; `sequence` is 0.
 */
export type Note =
  | { readonly kind: 'MISSING'; readonly stream: string; readonly from: number; readonly sequence: number }
  | { readonly kind: 'RESTARTED'; readonly stream: string; readonly lastSequence: number; readonly sequence: 0 };

export type LogRecord = { readonly type: 'message'; readonly message: LoggedMessage } | { readonly type: 'note'; readonly note: Note };

const MESSAGE_ID_HEADER = 'Nats-Msg-Id';

/** Headers that are evidence. Others differ between a delivery and a read of the same message, and an entry must not. */
const LOGGED_HEADERS: readonly string[] = [
  HEADERS.type,
  HEADERS.corrId,
  HEADERS.traceparent,
  'Nats-Expected-Last-Subject-Sequence',
  'Nats-Expected-Last-Subject-Sequence-Subject',
];

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** The line of a record, without newline. */
export function encodeEntry(index: number, prevHash: HashHex, record: LogRecord): string {
  const { stream, sequence } = record.type === 'message' ? record.message : record.note;
  const body = record.type === 'message' ? `"message":${encodeMessage(record.message)}` : `"note":${encodeNote(record.note)}`;
  return `{"index":${index},${body},"prevHash":"${prevHash}","sequence":${sequence},"stream":${canonicalJson(stream)}}`;
}

function encodeMessage(message: LoggedMessage): string {
  const headers: { [name: string]: string } = {};
  for (const name of LOGGED_HEADERS) {
    const value = message.headers[name];
    if (value !== undefined) headers[name] = value.toWellFormed();
  }
  const id = message.headers[MESSAGE_ID_HEADER];
  return (
    `{"headers":${canonicalJson(headers)},${id === undefined ? '' : `"id":${canonicalJson(id.toWellFormed())},`}` +
    `${encodePayload(message.payload)},"storedAt":"${formatTime(message.storedAtMs)}","subject":${canonicalJson(message.subject)}}`
  );
}

function encodeNote(note: Note): string {
  switch (note.kind) {
    case 'MISSING':
      return `{"from":${note.from},"kind":"MISSING"}`;
    case 'RESTARTED':
      return `{"kind":"RESTARTED","lastSequence":${note.lastSequence}}`;
    default:
      return unreachable(note);
  }
}

/**
 * As JSON only when the bytes are exactly their own canonical form, as our producers write them. Anything else is kept byte for byte in
 * base64: a foreign number, duplicate key or blank is evidence too, and parsing would lose it.
 */
function encodePayload(payload: Uint8Array): string {
  const text = canonicalText(payload);
  return text === undefined ? `"payloadBase64":"${Buffer.from(payload).toString('base64')}"` : `"payload":${text}`;
}

function canonicalText(payload: Uint8Array): string | undefined {
  try {
    const text = decoder.decode(payload);
    return canonicalJson(JSON.parse(text)) === text ? text : undefined;
  } catch {
    return undefined;
  }
}
