import assert from 'node:assert/strict';
import { test } from 'node:test';
import { NOW_MS, running } from '../testing/given.ts';
import { type ContainerRecord, makeContainerRecord } from './container-record.ts';
import { afterExit, afterStart } from './container-transitions.ts';
import { CRASHES_FORGIVEN_AFTER_MS, RESTART_DELAY_MS_MAX, RESTART_DELAY_MS_MIN } from './restart-backoff.ts';

const CRASH = { code: 1, signal: undefined };
const PROBES = { hasStartupProbe: false, hasReadinessProbe: true, logFile: 'x.log' };

function crashed(record: ContainerRecord, ranMs: number): ContainerRecord {
  const state = running({ startedAtMs: NOW_MS });
  return afterExit({ ...record, state }, CRASH, NOW_MS + ranMs, true);
}

function delayMs(record: ContainerRecord, endedAtMs: number): number {
  assert.equal(record.state.type, 'waiting');
  return record.state.type === 'waiting' ? record.state.untilMs - endedAtMs : Number.NaN;
}

test('afterExit: doubles the delay up to its maximum, when a container crashes again and again', () => {
  let record = makeContainerRecord('web');
  const delays: number[] = [];
  for (let crash = 0; crash < 9; crash += 1) {
    record = crashed(record, 10);
    delays.push(delayMs(record, NOW_MS + 10));
  }
  assert.deepEqual(
    delays,
    [1, 2, 4, 8, 16, 32, 60, 60, 60].map((seconds) => seconds * 1_000),
  );
  assert.equal(delays.at(-1), RESTART_DELAY_MS_MAX);
});

test('afterExit: begins at the shortest delay again, when the container ran long', () => {
  const twice = crashed(crashed(makeContainerRecord('web'), 10), 10);
  assert.equal(delayMs(crashed(twice, CRASHES_FORGIVEN_AFTER_MS), NOW_MS + CRASHES_FORGIVEN_AFTER_MS), RESTART_DELAY_MS_MIN);
});

test('afterExit: restarts at once and counts no crash, when no process node saw the end', () => {
  const record = afterExit({ ...makeContainerRecord('web'), state: running() }, { code: undefined, signal: undefined }, NOW_MS, true);
  assert.equal(delayMs(record, NOW_MS), 0);
  assert.equal(record.crashes, 0);
  assert.equal(record.lastTermination?.reason, 'ContainerStatusUnknown');
});

test('afterExit: tells a signal as 128 + n, when the container was killed', () => {
  const record = afterExit({ ...makeContainerRecord('web'), state: running() }, { code: undefined, signal: 9 }, NOW_MS, false);
  assert.equal(record.state.type === 'terminated' ? record.state.exitCode : undefined, 137);
});

test('afterStart: counts restarts, not the first start', () => {
  const process = running().process;
  const first = afterStart(makeContainerRecord('web'), process, NOW_MS, PROBES);
  const second = afterStart(crashed(first, 10), process, NOW_MS, PROBES);
  assert.deepEqual([first.restartCount, second.restartCount], [0, 1]);
});

test('afterStart: is not ready before its readiness probe says so, and ready at once without one', () => {
  const process = running().process;
  assert.equal(afterStart(makeContainerRecord('web'), process, NOW_MS, PROBES).ready, false);
  assert.equal(afterStart(makeContainerRecord('web'), process, NOW_MS, { ...PROBES, hasReadinessProbe: false }).ready, true);
});
