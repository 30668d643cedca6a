/** Parses and prints times in UTC, for the parsers of alerts and of recorded rows. */
import { EVENT_TIME_MAX, EVENT_TIME_MIN, isEventTime } from '@flotilla/contracts';
import { malformed, quoteFound } from './field-error.ts';

const PATTERN = /^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,9})?Z$/;

/**
 * Milliseconds since the epoch of an RFC 3339 time in UTC.
 *
 * @throws FieldError `WEBHOOK_MALFORMED` for anything else, for dates that do not exist (February 30th, 25 o'clock), and for times that no
 *   event may carry.
 */
export function parseUtcTimeMs(field: string, text: string): number {
  if (!PATTERN.test(text) || !isEventTime(text)) {
    throw malformed(field, `a time in UTC such as 2016-10-07T00:00:04Z, from ${EVENT_TIME_MIN} to ${EVENT_TIME_MAX}`, quoteFound(text));
  }
  return Date.parse(text);
}
