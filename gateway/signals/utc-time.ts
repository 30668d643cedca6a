import { malformed, quoteFound } from './field-error.ts';

const PATTERN = /^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,9})?Z$/;

/**
 * Milliseconds since the epoch of an RFC 3339 time in UTC.
 *
 * @throws FieldError `WEBHOOK_MALFORMED` for anything else, and for dates that do not exist (February 30th, 25 o'clock).
 */
export function parseUtcTimeMs(field: string, text: string): number {
  const timeMs = PATTERN.test(text) ? Date.parse(text) : Number.NaN;
  // Date.parse rolls February 30th over into March; printing the result again shows it.
  if (Number.isNaN(timeMs) || formatUtcTime(timeMs).slice(0, 19) !== text.slice(0, 19)) {
    throw malformed(field, 'a time in UTC such as 2016-10-07T00:00:04Z', quoteFound(text));
  }
  return timeMs;
}

/** RFC 3339 in UTC with milliseconds. */
export function formatUtcTime(timeMs: number): string {
  return new Date(timeMs).toISOString();
}
