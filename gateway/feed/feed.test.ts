/** Tests the parts of a replay that need no server: pace, progress, stored rows, and the bound on rows in flight. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { makeFlight } from './flight.ts';
import { waitMs } from './pace.ts';
import { makeProgress } from './progress.ts';
import { makeRowSet } from './row-set.ts';
import { nonceRow, rowNonce } from './stored-rows.ts';

test('waitMs: recorded time runs as many times faster as asked', () => {
  const pace = { recordedMs: 10_000, startedMs: 500, speed: 10 };
  assert.equal(waitMs(pace, 20_000, 500), 1_000);
  assert.equal(waitMs(pace, 20_000, 1_400), 100);
  assert.equal(waitMs(pace, 20_000, 2_000), 0);
  assert.equal(waitMs({ ...pace, speed: 0 }, 20_000, 500), 0);
});

test('nonceRow: reads back rowNonce, and no other run is taken for this one', () => {
  const runId = fc.stringMatching(/^[A-Za-z0-9_-]{1,63}$/);
  fc.assert(
    fc.property(runId, runId, fc.nat(10_000_000), (run, other, row) => {
      assert.equal(nonceRow(run, rowNonce(run, row)), row);
      if (other !== run) assert.equal(nonceRow(other, rowNonce(run, row)), undefined);
    }),
  );
  for (const nonce of ['run:', 'run:-1', 'run:01', 'run:1x', 'run:1:2', 'run', 'run:99999999999'])
    assert.equal(nonceRow('run', nonce), undefined);
});

test('makeFlight: keeps its bound and remembers the first failure', async () => {
  const flight = makeFlight(2);
  const settlers: ((error?: Error) => void)[] = [];
  const add = () =>
    flight.add(new Promise((resolve, reject) => settlers.push((error) => (error === undefined ? resolve() : reject(error)))));
  await flight.room();
  add();
  await flight.room();
  add();
  let hasRoom = false;
  const room = flight.room().then(() => (hasRoom = true));
  await Promise.resolve();
  assert.equal(hasRoom, false);
  settlers[0]?.(new Error('first'));
  await room;
  settlers[1]?.(new Error('second'));
  await flight.landed();
  assert.match(String(flight.failure()?.error), /first/);
});

test('makeRowSet: holds exactly the rows that were added, and none beyond the last', () => {
  fc.assert(
    fc.property(fc.nat(200), fc.array(fc.nat(250)), (rowCount, rows) => {
      const set = makeRowSet(rowCount);
      for (const row of rows) set.add(row);
      const expected = new Set(rows.filter((row) => row < rowCount));
      for (let row = 0; row < 260; row += 1) assert.equal(set.has(row), expected.has(row));
    }),
  );
});

test('makeProgress: is done when each row is in the stream or refused, and counts a refused row once', () => {
  const progress = makeProgress({ runId: 'r', file: 'bars.csv', fromRow: 1, end: 5, rowCount: 6 });
  const refusal = { line: 4, reason: 'close: NaN' };
  progress.stored.add(1);
  assert.equal(progress.refuse(2, refusal), true);
  assert.equal(progress.refuse(2, { line: 4, reason: 'again' }), false);
  assert.equal(progress.firstMissing(), 3);
  progress.stored.add(4);
  progress.refuse(3, { line: 5, reason: 'high: empty' });
  progress.finish('DONE');
  const rows = { usable: 2, refused: 2, firstRefused: 'bars.csv line 4: close: NaN' };
  assert.deepEqual(progress.status(), { schemaVersion: 1, state: 'DONE', runId: 'r', row: 5, rowsTotal: 5, rows });
});
