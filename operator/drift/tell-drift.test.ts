import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FlotillaError } from '@flotilla/contracts/errors/errors.ts';
import { silentLogger } from '@flotilla/kube/mod.ts';
import { makeManualClock } from '@flotilla/kube/testing/manual-clock.ts';
import { makeMetrics } from '@flotilla/runtime/metrics.ts';
import type { Drift } from './drift.ts';
import { registerDriftMetrics } from './drift-metrics.ts';
import { makeDriftTeller } from './tell-drift.ts';

const DRIFT: Drift = { what: 'stream', name: 'SIGNALS', expected: 'max_age 1', found: 'max_age 2', isRepaired: true };

function makeWorld() {
  const clock = makeManualClock();
  const metrics = makeMetrics('operator');
  const audited: string[] = [];
  const notified: Drift[] = [];
  const world = { isBusAway: false };
  const tell = makeDriftTeller({
    async audit({ name, found }, action) {
      if (world.isBusAway) throw new FlotillaError('BUS_UNAVAILABLE', 'no NATS');
      audited.push(`${action} ${name} ${found.length > 100 ? `${found.length} characters` : found}`);
    },
    notify: (drift) => notified.push(drift),
    count: registerDriftMetrics(metrics, clock)('trading'),
    clock,
    logger: silentLogger,
  });
  const lineOf = async (name: string): Promise<string | undefined> => {
    const text = await metrics.render();
    return text.split('\n').find((line) => line.startsWith(name));
  };
  return { clock, audited, notified, world, tell, lineOf };
}

test('makeDriftTeller: tells the same change once a minute, and counts each repair', async () => {
  const { clock, audited, notified, tell, lineOf } = makeWorld();
  tell(DRIFT);
  tell(DRIFT);
  tell({ ...DRIFT, found: 'max_age 3' });
  assert.deepEqual(audited, ['DRIFT_REPAIRED SIGNALS max_age 2', 'DRIFT_REPAIRED SIGNALS max_age 3']);
  await clock.advance(60_000);
  tell(DRIFT);
  assert.deepEqual([audited.length, notified.length], [3, 3]);
  assert.match((await lineOf('drift_repaired_total{tenant="trading",what="stream"')) ?? '', / 4$/);
});

test('makeDriftTeller: says that a change lasts, until no look finds it any more', async () => {
  const { clock, audited, tell, lineOf } = makeWorld();
  tell({ ...DRIFT, isRepaired: false });
  assert.deepEqual(audited, ['DRIFT_LASTS SIGNALS max_age 2']);
  assert.match((await lineOf('drift_lasting{tenant="trading",what="stream"')) ?? '', / 1$/);
  await clock.advance(70_000);
  assert.match((await lineOf('drift_lasting{tenant="trading",what="stream"')) ?? '', / 0$/);
});

test('makeDriftTeller: tells again after an audit event that could not be written', async () => {
  const { audited, world, tell, clock } = makeWorld();
  world.isBusAway = true;
  tell(DRIFT);
  await clock.advance(0);
  world.isBusAway = false;
  tell(DRIFT);
  assert.equal(audited.length, 1);
});

test('makeDriftTeller: cuts a long value, because the audit event has a bound', () => {
  const { audited, tell } = makeWorld();
  tell({ ...DRIFT, found: 'x'.repeat(5_000) });
  assert.deepEqual(audited, ['DRIFT_REPAIRED SIGNALS 1001 characters']);
});
