/**
 * Reads one message from the leader of a stream, by `$JS.API.STREAM.MSG.GET.<stream>`.
 *
 * A direct get may be served by a replica that lags behind. The leader has every message that the stream acknowledged, so a read that decides on
 * money or on a halt asks the leader. The right for it covers the whole stream: unlike a direct get, it cannot be limited to a subject.
 */
import { FlotillaError } from '@flotilla/contracts/errors/errors.ts';
import type { StoredMessage } from '@flotilla/contracts/ports.ts';
import { callApi } from './json-api.ts';
import type { Requester } from './requester.ts';

/** `seq` alone: the message with this sequence. With `next_by_subj`: the first message from `seq` on whose subject matches. */
export type LeaderQuery = { readonly seq: number; readonly next_by_subj?: string } | { readonly last_by_subj: string };

interface Answer {
  /** Absent when there is no such message. */
  readonly message?: {
    readonly subject: string;
    readonly seq: number;
    readonly time: string;
    /** Base64. */
    readonly data?: string;
    /** The header block as it is on the wire, base64. */
    readonly hdrs?: string;
  };
}

/** Undefined when the leader has no such message. @throws FlotillaError `BUS_UNAVAILABLE`, `BUS_NOT_PROVISIONED`, `BUS_REFUSED`. */
export async function getFromLeader(requester: Requester, stream: string, query: LeaderQuery): Promise<StoredMessage | undefined> {
  const { message } = await callApi<Answer>(requester, `STREAM.MSG.GET.${stream}`, query, { notFound: {} });
  if (message === undefined) return undefined;
  const storedAtMs = Date.parse(message.time);
  if (!Number.isSafeInteger(message.seq) || Number.isNaN(storedAtMs)) {
    throw new FlotillaError('BUS_REFUSED', `expected a message of ${stream} with sequence and time, found ${message.seq}, ${message.time}`);
  }
  return {
    stream,
    subject: message.subject,
    sequence: message.seq,
    storedAtMs,
    payload: new Uint8Array(Buffer.from(message.data ?? '', 'base64')),
    headers: readHeaders(Buffer.from(message.hdrs ?? '', 'base64').toString('utf8')),
  };
}

/** Reads `NATS/1.0` and then one `Name: value` in each line. Of several values of one name, the last one counts. */
function readHeaders(block: string): Readonly<Record<string, string>> {
  const result: Record<string, string> = {};
  for (const line of block.split('\r\n').slice(1)) {
    const colon = line.indexOf(':');
    if (colon > 0) result[line.slice(0, colon)] = line.slice(colon + 1).trim();
  }
  return result;
}
