import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Principal } from '@flotilla/contracts/access/principal.ts';
import { formatTime } from '@flotilla/contracts/values/format-time.ts';
import { makeManualClock } from '@flotilla/kube/testing/manual-clock.ts';
import { NETWORK_REPORT_AGE_MS_MAX } from './network-reports.ts';
import { makeStatusBoard } from './status-board.ts';

const AGENT: Principal = { role: 'SignalAgent', portfolio: 'main', strategy: 'btc' };
const KEY = 'agent.main.btc.network';

function setUp() {
  const clock = makeManualClock();
  const board = makeStatusBoard(clock);
  const take = (triedAtMs: number, more: object = {}, key = KEY): void => {
    const report = { schemaVersion: 1, instance: 'pod', permitted: 'Reached', denied: ['store'], reached: [], unresolved: [] };
    board.take(key, Buffer.from(JSON.stringify({ ...report, triedAt: formatTime(triedAtMs), ...more })));
  };
  return { clock, board, take };
}

test('network reports: are kept by principal, apart from the reports of the same services', () => {
  const { clock, board, take } = setUp();
  take(clock.nowMs());
  take(clock.nowMs(), {}, 'exec.main.network');
  take(clock.nowMs(), {}, 'gateway.flotilla-gateway.network');
  take(clock.nowMs(), {}, 'audit.network');
  const owners = [AGENT, { role: 'Exec', portfolio: 'main' }, { role: 'Gateway' }, { role: 'AuditWriter' }] as const;
  for (const owner of owners) assert.deepEqual(board.network.find(owner)?.value.denied, ['store'], owner.role);
  assert.equal(board.agent('main', 'btc'), undefined);
  assert.equal(board.network.find({ role: 'Reader' }), undefined);
});

test('network reports: a report is too old three minutes after the try, and not before', async () => {
  const { clock, board, take } = setUp();
  take(clock.nowMs() - 60_000);
  await clock.advance(NETWORK_REPORT_AGE_MS_MAX - 60_000);
  assert.equal(board.network.find(AGENT)?.fresh, true);
  await clock.advance(1);
  assert.equal(board.network.find(AGENT)?.fresh, false);
});

test('network reports: the same report that is read again is not younger, also from a pod whose clock is ahead', async () => {
  const { clock, board, take } = setUp();
  const ahead = clock.nowMs() + 3_600_000;
  take(ahead);
  const { triedAtMs } = board.network.find(AGENT) ?? assert.fail();
  assert.equal(triedAtMs, clock.nowMs());
  await clock.advance(NETWORK_REPORT_AGE_MS_MAX + 1);
  take(ahead);
  assert.equal(board.network.find(AGENT)?.fresh, false);
});

test('network reports: fields of another version are ignored, and a report that cannot be read leaves the one before', () => {
  const { clock, board, take } = setUp();
  take(clock.nowMs(), { colour: 'blue', denied: ['store', 'a-newer-target'] });
  take(clock.nowMs() + 1, { permitted: 'Perhaps' });
  assert.deepEqual(board.network.find(AGENT)?.value.denied, ['store', 'a-newer-target']);
});
