/** Keeps the log file of a container below a size, for the process node. */
import { copyFileSync, statSync, truncateSync } from 'node:fs';

/** A container's log, and one older part beside it, are each no larger than this and what is written between two looks. */
const LOG_BYTES_MAX = 64 * 1024 * 1024;

/** Moves a log that grew too large aside. Its writer appends, so it goes on at the new beginning. */
export function boundLog(file: string): void {
  const size = statSync(file, { throwIfNoEntry: false })?.size ?? 0;
  if (size <= LOG_BYTES_MAX) return;
  copyFileSync(file, `${file}.1`);
  truncateSync(file);
}
