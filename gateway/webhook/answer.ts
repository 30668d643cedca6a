/** Answers to senders: one table, so that the same outcome always looks the same. */
import { type ErrorCode, ERRORS } from '@flotilla/contracts';
import type { FieldError } from '../signals/field-error.ts';

export interface Answer {
  readonly status: 202 | 400 | 401 | 404 | 405 | 413 | 422 | 429 | 500 | 503;
  readonly body: Readonly<Record<string, string>>;
  readonly retryAfterS?: number;
}

/** How long a sender should wait while the bus, the store or a free connection is missing. */
const UNAVAILABLE_RETRY_AFTER_S = 2;

export function accepted(id: string): Answer {
  return { status: 202, body: { id, corrId: id } };
}

/** The one answer to every request that is not authentic. The reason is for our logs: each reason would help an attacker a step further. */
export const UNAUTHORIZED: Answer = { status: 401, body: coded('WEBHOOK_UNAUTHORIZED') };

export const TOO_LARGE: Answer = { status: 413, body: { ...coded('WEBHOOK_TOO_LARGE'), expected: 'at most 65536 bytes' } };
export const NOT_FOUND: Answer = { status: 404, body: { error: 'NOT_FOUND', message: 'no such path' } };
export const METHOD_NOT_ALLOWED: Answer = { status: 405, body: { error: 'METHOD_NOT_ALLOWED', message: 'send webhooks with POST' } };
export const OVERLOADED: Answer = {
  status: 503,
  body: { error: 'OVERLOADED', message: 'too many open connections; send the same request again' },
  retryAfterS: UNAVAILABLE_RETRY_AFTER_S,
};
export const BAD_REQUEST: Answer = { status: 400, body: { error: 'BAD_REQUEST', message: 'not a request that this server reads' } };
export const INTERNAL: Answer = { status: 500, body: { error: 'INTERNAL', message: 'unexpected failure; the request may be sent again' } };

export function badField(error: FieldError): Answer {
  const body = { error: error.code, message: error.message, field: error.field, expected: error.expected, found: error.found };
  return { status: error.kind === 'MALFORMED' ? 400 : 422, body };
}

export function rateLimited(retryAfterMs: number): Answer {
  return { status: 429, body: coded('WEBHOOK_RATE_LIMITED'), retryAfterS: Math.max(1, Math.ceil(retryAfterMs / 1_000)) };
}

/** The gateway has not accepted the request; the sender may send the same request again, with the same nonce. */
export function unavailable(code: ErrorCode): Answer {
  return { status: 503, body: coded(code), retryAfterS: UNAVAILABLE_RETRY_AFTER_S };
}

function coded(code: ErrorCode): { readonly error: string; readonly message: string } {
  return { error: code, message: ERRORS[code].title };
}
