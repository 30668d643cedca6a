/** How far a replay is: which of its rows the stream holds or the gateway refused, and how the replay ended. For replay-run.ts. */
import { assert, NO_ROWS, type ReplayStatus } from '@flotilla/contracts';
import { countRefused, type Refusal } from '../datasets/count-refused.ts';
import { makeRowSet, type RowSet } from './row-set.ts';

export interface Progress {
  /** Rows of the dataset that the stream holds. */
  readonly stored: RowSet;
  /** Row behind the last one of the run. */
  readonly end: number;
  /** The first row of the run that is neither in the stream nor refused; `end` when there is none. */
  firstMissing(): number;
  /** Counts a row of the run as refused, once however often the run meets it. @returns whether the row is counted for the first time */
  refuse(row: number, refusal: Refusal): boolean;
  status(): ReplayStatus;
  /** Sets the last state, once. */
  finish(state: 'DONE' | 'STOPPED' | 'FAILED', error?: string): void;
}

export interface ProgressOptions {
  readonly runId: string;
  readonly file: string;
  readonly fromRow: number;
  readonly end: number;
  /** Rows of the dataset. */
  readonly rowCount: number;
}

export function makeProgress({ runId, file, fromRow, end, rowCount }: ProgressOptions): Progress {
  assert(end <= rowCount, `a replay ends within its ${rowCount} rows, found row ${end}`);
  const stored = makeRowSet(rowCount);
  const refusedRows = makeRowSet(rowCount);
  const first = Math.min(fromRow, end);
  let missing = first;
  let refused = NO_ROWS;
  let finished: Pick<ReplayStatus, 'state' | 'error'> | undefined;

  function firstMissing(): number {
    while (missing < end && (stored.has(missing) || refusedRows.has(missing))) missing += 1;
    return missing;
  }

  return {
    stored,
    end,
    firstMissing,
    refuse(row, refusal) {
      if (refusedRows.has(row)) return false;
      refusedRows.add(row);
      refused = countRefused(refused, file, refusal);
      return true;
    },
    status() {
      const row = firstMissing();
      const rows = { ...refused, usable: Math.max(0, row - first - refused.refused) };
      return { schemaVersion: 1, state: 'RUNNING', runId, row, rowsTotal: end, rows, ...finished };
    },
    finish(state, error) {
      assert(finished === undefined, `replay ${runId} ended twice`);
      assert(state !== 'DONE' || firstMissing() === end, `replay ${runId} is done with all its usable rows in the stream`);
      finished = { state, ...(error === undefined ? {} : { error }) };
    },
  };
}
