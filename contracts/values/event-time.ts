/** Times in events: real moments between {@link EVENT_TIME_MIN} and {@link EVENT_TIME_MAX}, so that no event can name a time that never comes. */
import type { z } from 'zod';
import { formatTime } from './format-time.ts';
import { timestamp } from './scalars.ts';

/** Earlier than any market data that a replay uses. */
export const EVENT_TIME_MIN = '2000-01-01T00:00:00Z';
export const EVENT_TIME_MAX = '2100-01-01T00:00:00Z';
/** Longest validity of an order after its intent was made. exec remembers the order for as long, so this bounds exec's memory. */
export const ORDER_VALIDITY_MS_MAX = 7 * 86_400_000;

const MIN_MS = Date.parse(EVENT_TIME_MIN);
const MAX_MS = Date.parse(EVENT_TIME_MAX);

/**
 * RFC 3339 in UTC, a moment that exists, within the bounds. For events alone: the generator of CRDs cannot express this schema.
 *
 * Events of the stream EXECUTIONS have a plain `timestamp` as `expiresAt`, because events of earlier versions must stay readable.
 */
export const eventTime = timestamp.refine(isEventTime, { error: `expected a time from ${EVENT_TIME_MIN} to ${EVENT_TIME_MAX}` });

/** The caller has checked that the text has the form of {@link timestamp}. */
export function isEventTime(text: string): boolean {
  const timeMs = Date.parse(text);
  return timeMs >= MIN_MS && timeMs <= MAX_MS && isDayOfMonth(text, timeMs);
}

/** `Date.parse` takes February 30th for March 2nd, so later days are compared with their printed form. Every month has 28 days, so earlier days need no comparison. */
function isDayOfMonth(text: string, timeMs: number): boolean {
  const day = text.slice(8, 10);
  return day <= '28' || formatTime(timeMs).slice(8, 10) === day;
}

/** Adds to a decision's schema that `expiresAt` lies at most {@link ORDER_VALIDITY_MS_MAX} after `time`. */
export function withBoundedValidity<S extends z.ZodType<{ readonly time: string; readonly expiresAt: string }>>(schema: S): S {
  return schema.refine(({ time, expiresAt }) => Date.parse(expiresAt) - Date.parse(time) <= ORDER_VALIDITY_MS_MAX, {
    path: ['expiresAt'],
    error: `expected at most ${ORDER_VALIDITY_MS_MAX} ms after the time of the event`,
  });
}
