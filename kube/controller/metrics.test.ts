import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { MetricSource } from '../ports/metric-source.ts';
import { makeControlMetrics } from './metrics.ts';

/** Every series with the last value that it was given; counters add up. */
function makeSeries() {
  const series = new Map<string, number>();
  const key = (name: string, labels: Readonly<Record<string, string>>) => `${name} ${Object.values(labels).join(' ')}`;
  const source: MetricSource = {
    counter: (name) => ({ inc: (labels, value = 1) => void series.set(key(name, labels), (series.get(key(name, labels)) ?? 0) + value) }),
    gauge: (name) => ({ set: (labels, value) => void series.set(key(name, labels), value) }),
    histogram: (name) => ({ observe: (labels, value) => void series.set(key(name, labels), value) }),
  };
  return { metrics: makeControlMetrics(source), series: () => Object.fromEntries(series) };
}

test('makeControlMetrics: counts reconciliations and their time in seconds, and counts errors apart', () => {
  const { metrics, series } = makeSeries();
  metrics.reconciled('c', 'success', 1_500);
  assert.deepEqual(series(), {
    'controller_runtime_reconcile_total c success': 1,
    'controller_runtime_reconcile_time_seconds c': 1.5,
    'workqueue_work_duration_seconds c': 1.5,
  });
  metrics.reconciled('c', 'error', 500);
  assert.equal(series()['controller_runtime_reconcile_errors_total c'], 1);
});

test('makeControlMetrics: gives every other fact to the series of its name, times in seconds', () => {
  const { metrics, series } = makeSeries();
  metrics.failedTerminally('c');
  metrics.panicked('c');
  metrics.timedOut('c');
  metrics.activeWorkers('c', 3, 10);
  metrics.added('c');
  metrics.retried('c');
  metrics.waited('c', 250);
  metrics.queue('c', { depth: 4, oldestWaitMs: 2_000 });
  metrics.cache('Pod', { silenceMs: 1_000, lagMs: 500, objects: 7 });
  metrics.leading('l', true);
  metrics.wrote('c', 'apply', 'skipped');
  assert.deepEqual(series(), {
    'controller_runtime_terminal_reconcile_errors_total c': 1,
    'controller_runtime_reconcile_panics_total c': 1,
    'controller_runtime_reconcile_timeouts_total c': 1,
    'controller_runtime_active_workers c': 3,
    'controller_runtime_max_concurrent_reconciles c': 10,
    'workqueue_adds_total c': 1,
    'workqueue_retries_total c': 1,
    'workqueue_queue_duration_seconds c': 0.25,
    'workqueue_depth c': 4,
    'workqueue_longest_waiting_seconds c': 2,
    'watch_age_seconds Pod': 1,
    'cache_lag_seconds Pod': 0.5,
    'cache_objects Pod': 7,
    'leader_election_master_status l': 1,
    'control_writes_total c apply skipped': 1,
  });
  metrics.leading('l', false);
  assert.equal(series()['leader_election_master_status l'], 0);
});
