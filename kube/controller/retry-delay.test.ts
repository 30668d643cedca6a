import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FlotillaError } from '@flotilla/contracts/errors/errors.ts';
import { ClusterError } from '../transport/cluster-error.ts';
import { FAILURE_DELAYS, retryDelayMs, UNAVAILABLE_DELAY_MS_MAX } from './retry-delay.ts';

const LONGEST = { next: () => 0 };
const MANY = 40;
const unavailable = (retryAfterMs?: number) =>
  new ClusterError('away', { statusCode: 503, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) });

for (const { reason, error, failures, want } of [
  { reason: 'a bug failed once', error: new TypeError('x'), failures: 1, want: FAILURE_DELAYS.firstMs },
  { reason: 'a bug failed twice', error: new TypeError('x'), failures: 2, want: 2 * FAILURE_DELAYS.firstMs },
  { reason: 'a bug failed for long', error: new TypeError('x'), failures: MANY, want: FAILURE_DELAYS.maxMs },
  {
    reason: 'a bug asks for a time, as only the API server may',
    error: { retryAfterMs: 5_000 },
    failures: 1,
    want: FAILURE_DELAYS.firstMs,
  },
  {
    reason: 'a bug has the fields of an answer',
    error: { retryAfterMs: 5_000, retry: 'later' },
    failures: MANY,
    want: FAILURE_DELAYS.maxMs,
  },
  {
    reason: 'another writer was faster for long',
    error: new ClusterError('x', { statusCode: 409 }),
    failures: MANY,
    want: FAILURE_DELAYS.maxMs,
  },
  {
    reason: 'the input is refused for the first time',
    error: new ClusterError('x', { statusCode: 422 }),
    failures: 1,
    want: FAILURE_DELAYS.maxMs,
  },
  { reason: 'a dependency is away for long', error: unavailable(), failures: MANY, want: UNAVAILABLE_DELAY_MS_MAX },
  { reason: 'the API server asks for more than the back-off', error: unavailable(60_000), failures: 1, want: 60_000 },
  { reason: 'it asks for less', error: unavailable(50), failures: 1, want: FAILURE_DELAYS.firstMs },
  { reason: 'it asks for an hour', error: unavailable(3_600_000), failures: 1, want: FAILURE_DELAYS.maxMs },
  { reason: 'leadership is lost', error: new FlotillaError('NOT_LEADING', 'x'), failures: 1, want: FAILURE_DELAYS.firstMs },
] as const) {
  test(`retryDelayMs: is ${want} ms at most, when ${reason}`, () => {
    assert.equal(retryDelayMs(error, failures, LONGEST), want);
  });
}
