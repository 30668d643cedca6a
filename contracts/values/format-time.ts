/** Prints times: the one way in which events, records, statuses, logs and the command line write a moment. Pure. */

/**
 * RFC 3339 in UTC with milliseconds: `2026-11-21T12:00:00.000Z`.
 *
 * @param timeMs Milliseconds since the epoch.
 * @throws RangeError when `timeMs` is not a moment that a Date can hold (±8.64e15 ms)
 */
export function formatTime(timeMs: number): string {
  return new Date(timeMs).toISOString();
}
