/** JetStream's JSON API: one request, one answer, errors in our codes. */
import { FlotillaError } from '@flotilla/contracts/errors/errors.ts';
import type { Requester } from './requester.ts';

const TIMEOUT_MS = 5_000;
const decoder = new TextDecoder();

/** JetStream's error codes that are more exact than the HTTP-like code beside them. */
const MESSAGE_NOT_FOUND = 10_037;
const CONSUMER_NOT_FOUND = 10_014;
const STREAM_NOT_FOUND = 10_059;
/** `wrong last sequence`, for one server and for a cluster: another writer took over. */
const WRONG_LAST_SEQUENCE = new Set([10_071, 10_164]);

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
  if (WRONG_LAST_SEQUENCE.has(code))
    return new FlotillaError('FENCED', `expected to be the only writer behind ${subject}, found: ${found}`);
  if (code === CONSUMER_NOT_FOUND || code === STREAM_NOT_FOUND) {
    return new FlotillaError('BUS_NOT_PROVISIONED', `expected the stream and consumer of ${subject} to exist, found: ${found}`);
  }
  if (error.code === 503) return new FlotillaError('BUS_UNAVAILABLE', `expected JetStream to serve ${subject}, found: ${found}`);
  return new FlotillaError('BUS_REFUSED', `expected ${subject} to be taken, found: ${found}`);
}
