import assert from 'node:assert/strict';
import { test } from 'node:test';
import { measureLag } from './measure-lag.ts';
import { makeManualClock } from '../testing/manual-clock.ts';

test('measureLag: is the time from the answer to a write until the watch tells of it', async () => {
  const clock = makeManualClock();
  const lag = measureLag(clock);
  assert.equal(lag.lagMs(), 0);
  lag.written('10', '9');
  await clock.advance(300);
  lag.seen('9');
  assert.equal(lag.lagMs(), 300, 'it still waits');
  lag.seen('10');
  await clock.advance(5_000);
  assert.equal(lag.lagMs(), 300);
});

test('measureLag: follows one write at a time, and forgets the last lag when a newer one is known', async () => {
  const clock = makeManualClock();
  const lag = measureLag(clock);
  lag.written('10', '9');
  await clock.advance(100);
  lag.written('11', '9');
  lag.seen('11');
  assert.equal(lag.lagMs(), 100);
  lag.written('12', '11');
  await clock.advance(20);
  lag.seen('13');
  assert.equal(lag.lagMs(), 20);
});

test('measureLag: does not wait, when the watch told of the write before the answer came', async () => {
  const clock = makeManualClock();
  const lag = measureLag(clock);
  lag.written('10', '10');
  await clock.advance(1_000);
  assert.equal(lag.lagMs(), 0);
});
