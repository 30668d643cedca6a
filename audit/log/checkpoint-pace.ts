/**
 * Says when the writer signs the next checkpoint. Pure.
 *
 * Two bounds pull against each other. Entries behind the last checkpoint are not signed, so a checkpoint comes soon after an entry. Every
 * checkpoint costs a line, so the list stays small beside the entries: at most {@link LINE_SHARE} of their bytes and one line per quiet interval.
 */

/** A checkpoint is signed at once when so many bytes are unsigned; recovery reads them all into memory. */
const UNSIGNED_BYTES_MAX = 8 * 1_048_576;
/** The list takes at most one byte for so many bytes of entries, apart from one line per quiet interval. */
export const LINE_SHARE = 8;
/** A quiet interval is so many times the checkpoint interval. */
export const QUIET_INTERVALS = 30;

export interface PaceLimits {
  readonly entriesMax: number;
  readonly intervalMs: number;
}

/** Times are monotonic, in milliseconds. */
export interface Unsigned {
  readonly entries: number;
  readonly bytes: number;
  /** When the oldest unsigned entry was written. */
  readonly sinceMs: number;
  /** When the last checkpoint was signed; undefined when this process has signed none. */
  readonly signedAtMs: number | undefined;
  /** Bytes of the last line of the checkpoint list. */
  readonly lineBytes: number;
}

/** Time at which the next checkpoint is due; in the past when it is due now, infinite when every entry is signed. */
export function checkpointDueMs(unsigned: Unsigned, { entriesMax, intervalMs }: PaceLimits): number {
  const { entries, bytes, sinceMs, signedAtMs, lineBytes } = unsigned;
  if (entries === 0) return Number.POSITIVE_INFINITY;
  if (entries >= entriesMax || bytes >= UNSIGNED_BYTES_MAX) return sinceMs;
  const soonMs = sinceMs + intervalMs;
  const isWorthLine = signedAtMs === undefined || bytes >= lineBytes * LINE_SHARE;
  return isWorthLine ? soonMs : Math.max(soonMs, signedAtMs + intervalMs * QUIET_INTERVALS);
}
