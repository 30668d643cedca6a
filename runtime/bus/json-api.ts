/** JetStream's JSON API: one request, one answer, errors in our codes. */
import { FlotillaError } from '@flotilla/contracts/errors/errors.ts';
import type { Requester } from './requester.ts';

const TIMEOUT_MS = 5_000;
const decoder = new TextDecoder();

/** JetStream's error codes that are more exact than the HTTP-like code beside them. */
const MESSAGE_NOT_FOUND = 10_037;
const CONSUMER_NOT_FOUND = 10_014;
const STREAM_NOT_FOUND = 10_059;
/** `wrong last sequence: 4711`: another writer has written since. */
const WRONG_LAST_SEQUENCE = 10_071;
/**
 * `wrong last sequence` without a number, from a stream with replicas: an earlier write that this condition concerns is not stored yet, so the server
 * cannot compare. It says nothing about another writer.
 */
const LAST_SEQUENCE_IN_PROCESS = 10_164;
/** The id of the message belongs to a write that is not stored yet. */
const DUPLICATE_IN_PROCESS = 10_158;
/** Answers with which a server of a cluster says that it cannot serve the request now: during elections, a restart, or under load. */
const PASSING = new Set([
  10_006, // JetStream not in clustered mode
  10_007, // JetStream cluster not assigned to this server
  10_009, // JetStream cluster can not handle request
  10_118, // stream is offline
  10_119, // consumer is offline
  10_167, // too many requests
]);
const SERVICE_UNAVAILABLE = 503;

export interface ApiError {
  readonly code: number;
  readonly err_code?: number;
  readonly description?: string;
}

/**
 * One call of `endpoint`, for example `STREAM.CREATE.X`. `notFound` is the result when the stream has no such message. Without it, a missing
 * message is an error.
 *
 * @throws FlotillaError `BUS_UNAVAILABLE`, `BUS_NOT_PROVISIONED`, `BUS_REFUSED`.
 */
export async function callApi<Answer>(
  requester: Requester,
  endpoint: string,
  request?: object,
  options: { readonly notFound?: Answer } = {},
): Promise<Answer> {
  const subject = `${requester.apiPrefix}.${endpoint}`;
  const message = await requester.request(subject, request === undefined ? '' : JSON.stringify(request), TIMEOUT_MS);
  const answer = JSON.parse(decoder.decode(message.data)) as { readonly error?: ApiError };
  if (options.notFound !== undefined && answer.error?.err_code === MESSAGE_NOT_FOUND) return options.notFound;
  if (answer.error !== undefined) throw toFlotillaError(answer.error, subject);
  return answer as Answer;
}

/** @throws FlotillaError when the answer is an error. */
export function decodeAnswer(data: Uint8Array, subject: string): object {
  const answer = JSON.parse(decoder.decode(data)) as { readonly error?: ApiError };
  if (answer.error !== undefined) throw toFlotillaError(answer.error, subject);
  return answer;
}

export function toFlotillaError(error: ApiError, subject: string): FlotillaError {
  const found = `${error.description ?? 'no description'} (${error.code}/${error.err_code ?? 0})`;
  const code = error.err_code ?? 0;
  if (code === WRONG_LAST_SEQUENCE) return new FlotillaError('FENCED', `expected to be the only writer behind ${subject}, found: ${found}`);
  if (code === CONSUMER_NOT_FOUND || code === STREAM_NOT_FOUND) {
    return new FlotillaError('BUS_NOT_PROVISIONED', `expected the stream and consumer of ${subject} to exist, found: ${found}`);
  }
  if (code === LAST_SEQUENCE_IN_PROCESS || code === DUPLICATE_IN_PROCESS)
    return new FlotillaError('WRITE_OVERLAPS', `expected no earlier write behind ${subject} on its way, found: ${found}; send it again`);
  if (error.code === SERVICE_UNAVAILABLE || PASSING.has(code))
    return new FlotillaError('BUS_UNAVAILABLE', `expected JetStream to serve ${subject}, found: ${found}`);
  return new FlotillaError('BUS_REFUSED', `expected ${subject} to be taken, found: ${found}`);
}
