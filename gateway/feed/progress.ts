/** How far a replay is: which of its rows the stream holds, and how the replay ended. For replay-run.ts. */
import { assert, type ReplayStatus } from '@flotilla/contracts';

export interface Progress {
  /** One byte a row of the dataset; 1: the stream holds the row. */
  readonly stored: Uint8Array;
  /** Row behind the last one of the run. */
  readonly end: number;
  /** The first row of the run that the stream does not hold; `end` when it holds all. */
  firstMissing(): number;
  status(): ReplayStatus;
  /** Sets the last state, once. */
  finish(state: 'DONE' | 'STOPPED' | 'FAILED', error?: string): void;
}

export function makeProgress(runId: string, fromRow: number, end: number, rowCount: number): Progress {
  assert(end <= rowCount, `a replay ends within its ${rowCount} rows, found row ${end}`);
  const stored = new Uint8Array(rowCount);
  let missing = Math.min(fromRow, end);
  let finished: Pick<ReplayStatus, 'state' | 'error'> | undefined;

  function firstMissing(): number {
    while (missing < end && stored[missing] === 1) missing += 1;
    return missing;
  }

  return {
    stored,
    end,
    firstMissing,
    status: () => ({ schemaVersion: 1, state: 'RUNNING', runId, row: firstMissing(), rowsTotal: end, ...finished }),
    finish(state, error) {
      assert(finished === undefined, `replay ${runId} ended twice`);
      assert(state !== 'DONE' || firstMissing() === end, `replay ${runId} is done with all its rows in the stream`);
      finished = { state, ...(error === undefined ? {} : { error }) };
    },
  };
}
