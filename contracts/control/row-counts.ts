/** How many rows of recorded data can be used. The gateway counts them; reports, replays and the status of a SignalSource carry the counts. */
import { z } from 'zod';

/** Longest text about the first refused row, in characters. */
export const FIRST_REFUSED_LENGTH_MAX = 512;

export const rowCountsSchema = z.strictObject({
  usable: z.int().min(0),
  /** Rows that the gateway does not publish, because a field of the row is not usable. */
  refused: z.int().min(0),
  /** File, line and reason of the first refused row, for people: `bars.csv line 7: close: expected …, found "NaN"`. Absent without refused rows. */
  firstRefused: z.string().min(1).max(FIRST_REFUSED_LENGTH_MAX).optional(),
});
export type RowCounts = z.infer<typeof rowCountsSchema>;

export const NO_ROWS: RowCounts = { usable: 0, refused: 0 };

/** The counts of both; the first refused row is that of `one`, if it has one. */
export function addRowCounts(one: RowCounts, other: RowCounts): RowCounts {
  const firstRefused = one.firstRefused ?? other.firstRefused;
  return {
    usable: one.usable + other.usable,
    refused: one.refused + other.refused,
    ...(firstRefused === undefined ? {} : { firstRefused }),
  };
}
