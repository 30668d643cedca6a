import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ReplayStatus } from '@flotilla/contracts';
import { describeReplay, nextReplayStep } from './replay-progress.ts';

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
