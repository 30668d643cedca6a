import assert from 'node:assert/strict';
import { test } from 'node:test';
import { makeMetricRecorder } from '../testing/metric-recorder.ts';
import { makeControlMetrics } from './metrics.ts';
import { poolControlMetrics } from './pooled-metrics.ts';

test('poolControlMetrics: adds up what counts, shows the greatest age, and forgets a set that is closed', () => {
  const recorder = makeMetricRecorder();
  const openSet = poolControlMetrics(makeControlMetrics(recorder));
  const [left, right] = [openSet(), openSet()];
  left.activeWorkers('c', 3, 10);
  right.activeWorkers('c', 1, 10);
  left.queue('c', { depth: 4, oldestWaitMs: 2_000 });
  right.queue('c', { depth: 1, oldestWaitMs: 7_000 });
  left.cache('Pod', { silenceMs: 1_000, lagMs: 500, objects: 7 });
  right.cache('Pod', { silenceMs: 3_000, lagMs: 100, objects: 2 });
  left.reconciled('c', 'error', 1);
  right.reconciled('c', 'error', 1);
  const values = () =>
    [
      'controller_runtime_active_workers{controller="c"}',
      'controller_runtime_max_concurrent_reconciles{controller="c"}',
      'workqueue_depth{name="c"}',
      'workqueue_longest_waiting_seconds{name="c"}',
      'watch_age_seconds{kind="Pod"}',
      'cache_lag_seconds{kind="Pod"}',
      'cache_objects{kind="Pod"}',
      'controller_runtime_reconcile_errors_total{controller="c"}',
    ].map((name) => recorder.value(name));
  assert.deepEqual(values(), [4, 20, 5, 7, 3, 0.5, 9, 2]);
  right.close();
  assert.deepEqual(values(), [3, 10, 4, 2, 1, 0.5, 7, 2]);
  left.close();
  assert.deepEqual(values(), [0, 0, 0, 0, 0, 0, 0, 2]);
});
