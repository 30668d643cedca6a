/** Counts refused rows and keeps the first one in words, for surveys and replays. Pure. */
import { FIRST_REFUSED_LENGTH_MAX, type RowCounts } from '@flotilla/contracts';

export interface Refusal {
  /** Line in the file, from 1. */
  readonly line: number;
  readonly reason: string;
}

/** One more refused row of `file`. */
export function countRefused(counts: RowCounts, file: string, { line, reason }: Refusal): RowCounts {
  const firstRefused = counts.firstRefused ?? `${file} line ${line}: ${reason}`.slice(0, FIRST_REFUSED_LENGTH_MAX);
  return { ...counts, refused: counts.refused + 1, firstRefused };
}
