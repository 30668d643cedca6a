import assert from 'node:assert/strict';
import { test } from 'node:test';
import { KUBERNETES_TYPES } from '../objects/resource-type.ts';
import { makeManualClock } from '../testing/manual-clock.ts';
import { makeControlMetrics } from './metrics.ts';
import { startSampling } from './sampling.ts';
import { makeMetricRecorder } from '../testing/metric-recorder.ts';

test('startSampling: sets the gauges that grow while nothing happens, until it is stopped', async () => {
  const clock = makeManualClock();
  const recorder = makeMetricRecorder();
  const state = { silenceMs: 2_000, lagMs: 30 };
  const reflector = {
    type: KUBERNETES_TYPES.service,
    stats: () => ({ synced: true, objects: 7, idleMs: 0, lists: 1, watches: 1, failuresInARow: 0, resourceVersion: '1', ...state }),
  };
  const controller = {
    name: 'parent',
    stats: () => ({ synced: true, depth: 3, oldestWaitMs: 4_000, active: 0, hung: 0, hungMs: 0, failing: 0 }),
  };
  const metrics = makeControlMetrics(recorder);
  const sampling = startSampling({ reflectors: [reflector], controllers: () => [controller], metrics, clock });
  await clock.advance(5_000);
  assert.equal(recorder.value('watch_age_seconds{kind="Service"}'), 2);
  assert.equal(recorder.value('cache_lag_seconds{kind="Service"}'), 0.03);
  assert.equal(recorder.value('cache_objects{kind="Service"}'), 7);
  assert.equal(recorder.value('workqueue_depth{name="parent"}'), 3);
  assert.equal(recorder.value('workqueue_longest_waiting_seconds{name="parent"}'), 4);
  state.silenceMs = 7_000;
  await clock.advance(5_000);
  assert.equal(recorder.value('watch_age_seconds{kind="Service"}'), 7);
  sampling.stop();
  assert.equal(clock.timers, 0);
});
