import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FlotillaError } from '@flotilla/contracts/errors/errors.ts';
import { silentLogger } from '@flotilla/kube/mod.ts';
import { makeManualClock } from '@flotilla/kube/testing/manual-clock.ts';
import { startBaseLoop } from './base-loop.ts';

/** A loop over a bus that is away for the first `failures` tries. */
function startLoop(failures: number) {
  const clock = makeManualClock();
  const triedAtMs: number[] = [];
  let provisioned = 0;
  const bus = {
    isAway: false,
    async ensureBase() {
      triedAtMs.push(clock.monotonicMs());
      if (bus.isAway || triedAtMs.length <= failures) throw new FlotillaError('BUS_UNAVAILABLE', 'no NATS');
    },
  };
  const rng = { next: () => 0 };
  const loop = startBaseLoop({
    bus,
    clock,
    rng,
    logger: silentLogger,
    onProvisioned: () => (provisioned += 1),
    tellDrift: () => undefined,
  });
  return { clock, bus, loop, triedAtMs, provisioned: () => provisioned };
}

test('startBaseLoop: retries with growing delays of at most a second, and reports the first success once', async () => {
  const { clock, loop, triedAtMs, provisioned } = startLoop(5);
  await clock.advance(4_000);
  assert.deepEqual(triedAtMs, [0, 250, 750, 1_750, 2_750, 3_750]);
  assert.equal(provisioned(), 1);
  await loop.stop();
});

test('startBaseLoop: provisions again after 20 s, and does not report a success that follows a success', async () => {
  const { clock, loop, triedAtMs, provisioned } = startLoop(0);
  await clock.advance(40_000);
  assert.deepEqual([triedAtMs, provisioned()], [[0, 20_000, 40_000], 1]);
  await loop.stop();
});

test('startBaseLoop: provisions at once and reports it, when it is woken', async () => {
  const { clock, loop, triedAtMs, provisioned } = startLoop(0);
  await clock.advance(10_000);
  loop.wake();
  await clock.advance(0);
  assert.deepEqual([triedAtMs, provisioned()], [[0, 10_000], 2]);
  await loop.stop();
});

test('startBaseLoop: does not wait for the end of a delay between two tries, when it is woken', async () => {
  const { clock, loop, triedAtMs } = startLoop(1);
  await clock.advance(100);
  loop.wake();
  await clock.advance(0);
  assert.deepEqual(triedAtMs, [0, 100]);
  await loop.stop();
});

test('startBaseLoop: reports the recovery, when a later round failed', async () => {
  const { clock, bus, loop, provisioned } = startLoop(0);
  await clock.advance(1_000);
  bus.isAway = true;
  await clock.advance(60_000);
  bus.isAway = false;
  await clock.advance(60_000);
  assert.equal(provisioned(), 2);
  await loop.stop();
});

test('startBaseLoop: starts no other try, when it was stopped', async () => {
  const { clock, loop, triedAtMs } = startLoop(9);
  await clock.advance(100);
  await loop.stop();
  await clock.advance(60_000);
  assert.deepEqual([triedAtMs, clock.timers], [[0], 0]);
});
