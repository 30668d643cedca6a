import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ReplayStatus } from '@flotilla/contracts';
import { describeRefused, describeReplay, describeResult, nextReplayStep } from './replay-progress.ts';

const answer = (state: ReplayStatus['state'], error?: string): ReplayStatus => ({
  schemaVersion: 1,
  state,
  runId: 'r',
  row: 1_234,
  rowsTotal: 4_062,
  ...(error === undefined ? {} : { error }),
});

const CASES = [
  { why: 'no gateway answered', found: undefined, want: { kind: 'wait' } },
  { why: 'it runs', found: answer('RUNNING'), want: { kind: 'wait' } },
  { why: 'the gateway restarted and forgot the run', found: answer('UNKNOWN'), want: { kind: 'start' } },
  { why: 'it is done', found: answer('DONE'), want: { kind: 'done' } },
  { why: 'it failed', found: answer('FAILED', 'no such file'), want: { kind: 'failed', reason: 'no such file' } },
  { why: 'somebody stopped it', found: answer('STOPPED'), want: { kind: 'failed', reason: 'the replay was stopped' } },
] as const;
for (const { why, found, want } of CASES) {
  test(`nextReplayStep: says ${want.kind}, when ${why}`, () => assert.deepEqual(nextReplayStep(found), want));
}

test('describeReplay: tells rows, percent and rate', () => {
  assert.equal(describeReplay(answer('RUNNING'), 2_000), 'replaying  1,234 of 4,062 rows (30 %), 617 rows/s');
});

test('describeResult and describeRefused: tell published rows, and the count and the first of the refused ones', () => {
  const done = { ...answer('DONE'), row: 38, rowsTotal: 38 };
  const rows = { usable: 27, refused: 1, firstRefused: 'bars.csv line 7: close: found "NaN"' };
  assert.equal(describeResult({ ...done, rows }, 10, 'bars'), 'Replayed 27 of 28 rows of bars');
  assert.equal(describeRefused({ ...done, rows }), '1 row is refused; the first: bars.csv line 7: close: found "NaN"');
  assert.equal(describeRefused({ ...done, rows: { ...rows, usable: 0, refused: 1_234 } })?.slice(0, 25), '1,234 rows are refused; t');
  assert.equal(describeResult({ ...done, rows: { usable: 28, refused: 0 } }, 10, 'bars'), 'Replayed 28 rows of bars');
  assert.equal(describeRefused({ ...done, rows: { usable: 28, refused: 0 } }), undefined);
  assert.equal(describeResult(done, 0, 'bars'), 'Replayed 38 rows of bars', 'a gateway of an older version counts no refused rows');
  assert.equal(describeRefused(done), undefined);
});
