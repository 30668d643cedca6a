/** The UTC day of a wall time, for the daily loss limit. Pure. */
import { formatTime } from '@flotilla/contracts/values/format-time.ts';

/** For example `2026-11-21`. */
export function utcDay(timeMs: number): string {
  return formatTime(timeMs).slice(0, 10);
}
