/** Decides the next step of a replay from the answer of the gateway. For `flotilla replay`. Pure. */
import type { ReplayStatus } from '@flotilla/contracts';
import { formatCount } from '../print/format-number.ts';

export type ReplayStep =
  | { readonly kind: 'wait' }
  /** The gateway does not know the run, because the gateway restarted: ask again for the start. The gateway skips rows that it has published. */
  | { readonly kind: 'start' }
  | { readonly kind: 'done' }
  | { readonly kind: 'failed'; readonly reason: string };

/** `answer` undefined: no gateway answered. */
export function nextReplayStep(answer: ReplayStatus | undefined): ReplayStep {
  switch (answer?.state) {
    case 'UNKNOWN':
      return { kind: 'start' };
    case 'DONE':
      return { kind: 'done' };
    case 'STOPPED':
      return { kind: 'failed', reason: 'the replay was stopped' };
    case 'FAILED':
      return { kind: 'failed', reason: answer?.error ?? 'the gateway gave no reason' };
    case 'RUNNING':
    case undefined:
    default:
      return { kind: 'wait' };
  }
}

/** `replaying  1,234 of 4,062 rows (30 %), 812 rows/s`. */
export function describeReplay(answer: ReplayStatus, elapsedMs: number): string {
  const { row, rowsTotal } = answer;
  const percent = rowsTotal === 0 ? 0 : Math.floor((row / rowsTotal) * 100);
  const rate = elapsedMs <= 0 ? 0 : Math.round((row / elapsedMs) * 1_000);
  return `replaying  ${formatCount(row)} of ${formatCount(rowsTotal)} rows (${percent} %), ${formatCount(rate)} rows/s`;
}

/** `Replayed 27 of 28 rows of bars`. `fromRow` is the first row of the run. */
export function describeResult({ row, rows }: ReplayStatus, fromRow: number, dataset: string): string {
  const settled = Math.max(0, row - fromRow);
  const published = rows?.usable ?? settled;
  const count = published === settled ? formatCount(published) : `${formatCount(published)} of ${formatCount(settled)}`;
  return `Replayed ${count} rows of ${dataset}`;
}

/** Undefined when no row is refused. */
export function describeRefused({ rows }: ReplayStatus): string | undefined {
  if (rows === undefined || rows.refused === 0) return undefined;
  const subject = rows.refused === 1 ? '1 row is' : `${formatCount(rows.refused)} rows are`;
  return `${subject} refused; the first: ${rows.firstRefused ?? 'the gateway gave no reason'}`;
}
