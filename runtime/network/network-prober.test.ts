import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FlotillaError } from '@flotilla/contracts';
import type { NetworkReport } from '@flotilla/contracts/control/network-report.ts';
import { makeManualClock } from '@flotilla/kube/testing/manual-clock.ts';
import { recordingLogger } from '../testing/recording-logger.ts';
import type { KnockAnswer } from './knock.ts';
import { startNetworkProber } from './network-prober.ts';

const TARGETS = { permitted: { host: 'bus', port: 4222 }, denied: [{ name: 'store', host: 'redis', port: 6379 }] };

function start(targets: typeof TARGETS | undefined = TARGETS) {
  const clock = makeManualClock();
  const { logger } = recordingLogger('info');
  const reports: (NetworkReport & { readonly key: string; readonly atMs: number })[] = [];
  const world: { isBusAway: boolean; answers: Record<string, KnockAnswer> } = { isBusAway: false, answers: { bus: 'Open' } };
  const prober = startNetworkProber({
    principal: { role: 'SignalAgent', portfolio: 'main', strategy: 'btc' },
    targets,
    bucket: {
      put(key, value) {
        if (world.isBusAway) return Promise.reject(new FlotillaError('BUS_UNAVAILABLE', 'away'));
        reports.push({ ...(JSON.parse(Buffer.from(value).toString()) as NetworkReport), key, atMs: clock.monotonicMs() });
        return Promise.resolve(1);
      },
    },
    instance: 'pod',
    clock,
    logger,
    knock: ({ host }) => Promise.resolve(world.answers[host] ?? 'Closed'),
  });
  return { clock, reports, world, stop: () => prober.stop() };
}

test('startNetworkProber: reports a little after the start, then once a minute', async () => {
  const { clock, reports, stop } = start();
  await clock.advance(14_999);
  assert.equal(reports.length, 0);
  await clock.advance(120_001);
  assert.deepEqual(
    reports.map(({ atMs }) => atMs),
    [15_000, 75_000, 135_000],
  );
  const { key, permitted, denied, reached, triedAt } = reports[0] ?? assert.fail();
  assert.deepEqual([key, permitted, denied, reached], ['agent.main.btc.network', 'Reached', ['store'], []]);
  assert.equal(triedAt, '2026-01-01T00:00:15.000Z');
  await stop();
  assert.equal(clock.timers, 0);
});

test('startNetworkProber: tries again soon after a leak, after silence of the bus, and after a report that could not be stored', async () => {
  const { clock, reports, world, stop } = start();
  world.answers = { bus: 'Open', redis: 'Open' };
  await clock.advance(25_000);
  assert.deepEqual(reports.at(-1)?.reached, ['store']);
  world.answers = {};
  await clock.advance(10_000);
  assert.deepEqual([reports.at(-1)?.permitted, reports.at(-1)?.denied], ['Silent', ['store']]);
  world.isBusAway = true;
  world.answers = { bus: 'Open' };
  await clock.advance(10_000);
  world.isBusAway = false;
  await clock.advance(10_000);
  assert.deepEqual(
    reports.map(({ atMs }) => atMs),
    [25_000, 35_000, 55_000],
  );
  await stop();
});

test('startNetworkProber: does nothing without addresses', async () => {
  const clock = makeManualClock();
  const { logger } = recordingLogger('info');
  const bucket = { put: () => assert.fail('expected no report') };
  const prober = startNetworkProber({ principal: { role: 'Gateway' }, targets: undefined, bucket, instance: 'pod', clock, logger });
  await clock.advance(600_000);
  await prober.stop();
});
