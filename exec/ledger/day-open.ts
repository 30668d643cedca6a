/**
 * The P&L at the beginning of the UTC day, from which the loss of the day is measured.
 *
 * Market prices are not part of the fold. So exec writes the value at its first look of the day into the next reconcile event, and reads it
 * back from there.
 */
import { utcDay } from './utc-day.ts';

export interface DayOpen {
  readonly day: string;
  /** `profit` of {@link ./value-ledger.ts} at the first look of the day. */
  readonly profit: bigint;
}

/** The opening of the day at `nowMs`; the same object while the day lasts. After a clock step back over midnight the newer day stays. */
export function rollDay(dayOpen: DayOpen | undefined, nowMs: number, profit: bigint): DayOpen {
  const day = utcDay(nowMs);
  return dayOpen !== undefined && dayOpen.day >= day ? dayOpen : { day, profit };
}
