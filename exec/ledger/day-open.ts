/**
 * Where the UTC day began: the profit that the day's loss is measured from.
 *
 * Market prices are not in the fold, so the value at the day's first look is written into the next reconcile event and read back from there.
 */
import { utcDay } from './utc-day.ts';

export interface DayOpen {
  readonly day: string;
  /** {@link ./valuation.ts} `profit` at the first look of the day. */
  readonly profit: bigint;
}

/** The day's opening at `nowMs`; the same object while the day lasts. A clock that steps back over midnight opens no old day again. */
export function rollDay(dayOpen: DayOpen | undefined, nowMs: number, profit: bigint): DayOpen {
  const day = utcDay(nowMs);
  return dayOpen !== undefined && dayOpen.day >= day ? dayOpen : { day, profit };
}
