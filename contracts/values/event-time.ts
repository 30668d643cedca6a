/** Times in events: real moments between {@link EVENT_TIME_MIN} and {@link EVENT_TIME_MAX}, so that no event can carry a time that never comes. */
import type { z } from 'zod';
import { timestamp } from './scalars.ts';

/** Older than any market data that we replay. */
export const EVENT_TIME_MIN = '2000-01-01T00:00:00Z';
export const EVENT_TIME_MAX = '2100-01-01T00:00:00Z';
/** How long an order may be valid after its intent was made. The order is remembered for as long, so this bounds memory. */
export const ORDER_VALIDITY_MS_MAX = 7 * 86_400_000;

const MIN_MS = Date.parse(EVENT_TIME_MIN);
const MAX_MS = Date.parse(EVENT_TIME_MAX);

/**
 * RFC 3339 in UTC, a moment that exists, within the bounds. For events alone: CRDs need a schema that their generator can say.
 *
 * An event of the stream EXECUTIONS keeps a plain `timestamp` for `expiresAt`: what exec recorded under an earlier version must stay readable.
 */
export const eventTime = timestamp.refine(isEventTime, { error: `expected a time from ${EVENT_TIME_MIN} to ${EVENT_TIME_MAX}` });

/** For text that has the form of {@link timestamp} already. */
export function isEventTime(text: string): boolean {
  const timeMs = Date.parse(text);
  return timeMs >= MIN_MS && timeMs <= MAX_MS && isDayOfMonth(text, timeMs);
}

/** `Date.parse` takes February 30th for March 2nd. Every month has the first 28 days, which spares nearly all texts the printing. */
function isDayOfMonth(text: string, timeMs: number): boolean {
  const day = text.slice(8, 10);
  return day <= '28' || new Date(timeMs).toISOString().slice(8, 10) === day;
}

/** Adds to a decision's schema that `expiresAt` lies at most {@link ORDER_VALIDITY_MS_MAX} after `time`. */
export function withBoundedValidity<S extends z.ZodType<{ readonly time: string; readonly expiresAt: string }>>(schema: S): S {
  return schema.refine(({ time, expiresAt }) => Date.parse(expiresAt) - Date.parse(time) <= ORDER_VALIDITY_MS_MAX, {
    path: ['expiresAt'],
    error: `expected at most ${ORDER_VALIDITY_MS_MAX} ms after the time of the event`,
  });
}
