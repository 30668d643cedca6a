/** Answers that the proxy of the fault plans passes on, or makes itself. */
import type { ServerResponse } from 'node:http';

export interface Answer {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly body: string;
}

/** The answer of a refusal that the proxy makes itself. */
export const BY_PLAN = 'refused by the fault plan';
/** The request brought no answer. */
export const NO_ANSWER: Answer = { statusCode: 0, headers: {}, body: '' };
export const JSON_TYPE = { 'content-type': 'application/json' };
const REASONS: Readonly<Record<number, string>> = {
  401: 'Unauthorized',
  404: 'NotFound',
  409: 'Conflict',
  410: 'Expired',
  429: 'TooManyRequests',
  500: 'InternalError',
  503: 'ServiceUnavailable',
};

export function answerWith(outgoing: ServerResponse, { statusCode, headers, body }: Answer): void {
  const contentType = headers['content-type'];
  const retryAfter = headers['retry-after'];
  outgoing
    .writeHead(statusCode, {
      'content-type': typeof contentType === 'string' ? contentType : 'application/json',
      ...(typeof retryAfter === 'string' ? { 'retry-after': retryAfter } : {}),
    })
    .end(body);
}

export function refuse(outgoing: ServerResponse, statusCode: number, retryAfterSeconds?: number): void {
  const headers = { ...JSON_TYPE, ...(retryAfterSeconds === undefined ? {} : { 'retry-after': String(retryAfterSeconds) }) };
  const reason = REASONS[statusCode] ?? 'Unknown';
  const body = JSON.stringify({ kind: 'Status', apiVersion: 'v1', status: 'Failure', code: statusCode, reason, message: BY_PLAN });
  answerWith(outgoing, { statusCode, headers, body });
}
