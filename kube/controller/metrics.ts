/** The metrics of controllers, queues, caches and leadership, written to the program's own metrics library. */
import type { MetricSource } from '../ports/metric-source.ts';

export type ReconcileResult = 'success' | 'requeue' | 'requeue_after' | 'error';

/** Metrics under controller-runtime's names where the meaning is the same, so that its dashboards and alerts work. Make it once per process. */
export interface ControlMetrics {
  reconciled(controller: string, result: ReconcileResult, durationMs: number): void;
  failedTerminally(controller: string): void;
  panicked(controller: string): void;
  timedOut(controller: string): void;
  activeWorkers(controller: string, count: number, max: number): void;
  added(controller: string): void;
  retried(controller: string): void;
  waited(controller: string, durationMs: number): void;
  queue(controller: string, state: { readonly depth: number; readonly oldestWaitMs: number }): void;
  wrote(controller: string, verb: string, outcome: 'written' | 'skipped' | 'failed'): void;
  /** For each reflector: the time since the server last said anything, and how long the last own write took to show on the watch. */
  cache(kind: string, state: { readonly silenceMs: number; readonly lagMs: number; readonly objects: number }): void;
  /** Whether this process holds the lease of this name. */
  leading(lease: string, isLeading: boolean): void;
}

const RECONCILE_BUCKETS_SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];
const QUEUE_BUCKETS_SECONDS = [0.000_1, 0.001, 0.01, 0.1, 0.25, 0.5, 1, 5, 10, 60, 600];

export function makeControlMetrics(source: MetricSource): ControlMetrics {
  const total = source.counter('controller_runtime_reconcile_total', 'Reconciliations per controller and result', ['controller', 'result']);
  const errors = source.counter('controller_runtime_reconcile_errors_total', 'Failed reconciliations per controller', ['controller']);
  const terminal = source.counter('controller_runtime_terminal_reconcile_errors_total', 'Reconciliations that failed for good', [
    'controller',
  ]);
  const panics = source.counter(
    'controller_runtime_reconcile_panics_total',
    'Reconciliations that threw an error other than an operating error',
    ['controller'],
  );
  const timeouts = source.counter('controller_runtime_reconcile_timeouts_total', 'Reconciliations beyond their deadline', ['controller']);
  const seconds = source.histogram(
    'controller_runtime_reconcile_time_seconds',
    'Length of a reconciliation',
    ['controller'],
    RECONCILE_BUCKETS_SECONDS,
  );
  const workers = source.gauge('controller_runtime_active_workers', 'Workers that reconcile now', ['controller']);
  const workersMax = source.gauge('controller_runtime_max_concurrent_reconciles', 'Workers there are', ['controller']);
  const depth = source.gauge('workqueue_depth', 'Keys that wait', ['name']);
  const oldest = source.gauge('workqueue_longest_waiting_seconds', 'How long the oldest key has waited', ['name']);
  const adds = source.counter('workqueue_adds_total', 'Keys added', ['name']);
  const retries = source.counter('workqueue_retries_total', 'Keys added again after a failure', ['name']);
  const waits = source.histogram('workqueue_queue_duration_seconds', 'How long a key waited', ['name'], QUEUE_BUCKETS_SECONDS);
  const work = source.histogram('workqueue_work_duration_seconds', 'How long work on a key took', ['name'], RECONCILE_BUCKETS_SECONDS);
  const writes = source.counter('control_writes_total', 'Writes to the API server per verb and outcome', ['controller', 'verb', 'outcome']);
  const watchAge = source.gauge('watch_age_seconds', 'Since the API server last said anything on the watch', ['kind']);
  const cacheLag = source.gauge('cache_lag_seconds', 'How long the last write of this process took to show on the watch', ['kind']);
  const cacheObjects = source.gauge('cache_objects', 'Objects in the cache', ['kind']);
  const leader = source.gauge('leader_election_master_status', '1 while this process leads', ['name']);

  return {
    reconciled(controller, result, durationMs) {
      total.inc({ controller, result });
      if (result === 'error') errors.inc({ controller });
      seconds.observe({ controller }, durationMs / 1_000);
      work.observe({ name: controller }, durationMs / 1_000);
    },
    failedTerminally: (controller) => terminal.inc({ controller }),
    panicked: (controller) => panics.inc({ controller }),
    timedOut: (controller) => timeouts.inc({ controller }),
    activeWorkers(controller, count, max) {
      workers.set({ controller }, count);
      workersMax.set({ controller }, max);
    },
    added: (name) => adds.inc({ name }),
    retried: (name) => retries.inc({ name }),
    waited: (name, durationMs) => waits.observe({ name }, durationMs / 1_000),
    queue(name, state) {
      depth.set({ name }, state.depth);
      oldest.set({ name }, state.oldestWaitMs / 1_000);
    },
    cache(kind, state) {
      watchAge.set({ kind }, state.silenceMs / 1_000);
      cacheLag.set({ kind }, state.lagMs / 1_000);
      cacheObjects.set({ kind }, state.objects);
    },
    leading: (name, isLeading) => leader.set({ name }, isLeading ? 1 : 0),
    wrote: (controller, verb, outcome) => writes.inc({ controller, verb, outcome }),
  };
}
