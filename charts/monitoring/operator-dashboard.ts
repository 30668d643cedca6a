/** The control plane: reconciliation, queues, watches, writes, leadership. */
import type { Dashboard } from './dashboard.ts';
import { makeQueries, maxBy, sumBy } from './promql.ts';

const q = makeQueries({ common: 'namespace=~"$namespace"', window: '$__rate_interval' });

export const operatorDashboard: Dashboard = {
  uid: 'flotilla-operator',
  title: 'Flotilla / Operator',
  description: 'Reconciliation, queues, watches, writes, leadership.',
  rows: [
    {
      title: 'Leadership',
      panels: [
        {
          title: 'Leader',
          description: '1 on the process that leads. Exactly one should.',
          kind: 'timeseries',
          unit: 'none',
          width: 8,
          targets: [{ expression: maxBy(['namespace', 'pod'], q.gauge('leader_election_master_status')), legend: '{{namespace}} {{pod}}' }],
        },
        {
          title: 'Memory',
          description: 'Resident memory of each operator process.',
          kind: 'timeseries',
          unit: 'bytes',
          width: 8,
          targets: [
            { expression: maxBy(['pod'], q.gauge('process_resident_memory_bytes', { job: 'flotilla-operator' })), legend: '{{pod}}' },
          ],
        },
        {
          title: 'Event loop delay, P99',
          description: 'A blocked loop delays everything, renewals of the lease too.',
          kind: 'timeseries',
          unit: 's',
          width: 8,
          alarmFrom: 0.5,
          targets: [
            { expression: maxBy(['pod'], q.gauge('nodejs_eventloop_lag_p99_seconds', { job: 'flotilla-operator' })), legend: '{{pod}}' },
          ],
        },
      ],
    },
    {
      title: 'Reconciliation',
      panels: [
        {
          title: 'Reconciliations',
          description: 'By controller and result.',
          kind: 'timeseries',
          unit: 'ops',
          width: 12,
          stacked: true,
          targets: [
            {
              expression: sumBy(['controller', 'result'], q.rate('controller_runtime_reconcile_total')),
              legend: '{{controller}} {{result}}',
            },
          ],
        },
        {
          title: 'Failures',
          description:
            'Errors are tried again; terminal ones are looked at again after five minutes; panics are bugs; timeouts took longer than 30 s.',
          kind: 'timeseries',
          unit: 'ops',
          width: 12,
          targets: [
            { expression: sumBy(['controller'], q.rate('controller_runtime_reconcile_errors_total')), legend: '{{controller}} error' },
            {
              expression: sumBy(['controller'], q.rate('controller_runtime_terminal_reconcile_errors_total')),
              legend: '{{controller}} terminal',
            },
            { expression: sumBy(['controller'], q.rate('controller_runtime_reconcile_panics_total')), legend: '{{controller}} panic' },
            { expression: sumBy(['controller'], q.rate('controller_runtime_reconcile_timeouts_total')), legend: '{{controller}} timeout' },
          ],
        },
        {
          title: 'Duration, P99',
          description: 'Of one reconciliation.',
          kind: 'timeseries',
          unit: 's',
          width: 12,
          targets: [
            { expression: q.quantile(0.99, 'controller_runtime_reconcile_time_seconds', ['controller']), legend: '{{controller}}' },
          ],
        },
        {
          title: 'Workers busy',
          description: 'Of those there are.',
          kind: 'timeseries',
          unit: 'percentunit',
          width: 12,
          targets: [
            {
              expression: `${sumBy(['controller'], q.gauge('controller_runtime_active_workers'))} / ${sumBy(['controller'], q.gauge('controller_runtime_max_concurrent_reconciles'))}`,
              legend: '{{controller}}',
            },
          ],
        },
      ],
    },
    {
      title: 'Queues',
      panels: [
        {
          title: 'Depth',
          description: 'Keys that wait.',
          kind: 'timeseries',
          unit: 'none',
          width: 8,
          targets: [{ expression: sumBy(['name'], q.gauge('workqueue_depth')), legend: '{{name}}' }],
        },
        {
          title: 'Wait, P99',
          description: 'From added to taken.',
          kind: 'timeseries',
          unit: 's',
          width: 8,
          targets: [{ expression: q.quantile(0.99, 'workqueue_queue_duration_seconds', ['name']), legend: '{{name}}' }],
        },
        {
          title: 'Longest wait now',
          description: 'Of the oldest key in the queue.',
          kind: 'timeseries',
          unit: 's',
          width: 8,
          targets: [{ expression: maxBy(['name'], q.gauge('workqueue_longest_waiting_seconds')), legend: '{{name}}' }],
        },
        {
          title: 'Added and retried',
          description: 'Keys per second.',
          kind: 'timeseries',
          unit: 'ops',
          width: 12,
          targets: [
            { expression: sumBy(['name'], q.rate('workqueue_adds_total')), legend: '{{name}} added' },
            { expression: sumBy(['name'], q.rate('workqueue_retries_total')), legend: '{{name}} retried' },
          ],
        },
        {
          title: 'Work, P99',
          description: 'Time that a worker spends on a key.',
          kind: 'timeseries',
          unit: 's',
          width: 12,
          targets: [{ expression: q.quantile(0.99, 'workqueue_work_duration_seconds', ['name']), legend: '{{name}}' }],
        },
      ],
    },
    {
      title: 'Watches and caches',
      panels: [
        {
          title: 'Watch age',
          description: 'Since the API server last said anything on a watch; beyond 70 s it is opened anew.',
          kind: 'timeseries',
          unit: 's',
          width: 8,
          alarmFrom: 70,
          targets: [{ expression: maxBy(['pod', 'kind'], q.gauge('watch_age_seconds')), legend: '{{pod}} {{kind}}' }],
        },
        {
          title: 'Cache lag',
          description: 'How long the last write of the operator took to show on the watch.',
          kind: 'timeseries',
          unit: 's',
          width: 8,
          targets: [{ expression: maxBy(['pod', 'kind'], q.gauge('cache_lag_seconds')), legend: '{{pod}} {{kind}}' }],
        },
        {
          title: 'Objects in the cache',
          description: 'What the operator keeps in memory, by kind.',
          kind: 'timeseries',
          unit: 'none',
          width: 8,
          targets: [{ expression: maxBy(['kind'], q.gauge('cache_objects')), legend: '{{kind}}' }],
        },
      ],
    },
    {
      title: 'API server',
      panels: [
        {
          title: 'Writes by verb',
          description: 'Written, skipped because nothing would change, or failed.',
          kind: 'timeseries',
          unit: 'ops',
          width: 12,
          stacked: true,
          targets: [{ expression: sumBy(['verb', 'outcome'], q.rate('control_writes_total')), legend: '{{verb}} {{outcome}}' }],
        },
        {
          title: 'Writes by controller',
          description: 'An idle fleet writes nothing but leases.',
          kind: 'timeseries',
          unit: 'ops',
          width: 12,
          stacked: true,
          targets: [
            { expression: sumBy(['controller'], q.rate('control_writes_total', { outcome: 'written' })), legend: '{{controller}}' },
          ],
        },
        {
          title: 'Requests by status code',
          description: '409 and 404 are part of the work; 429 asks for patience; <error>: no answer.',
          kind: 'timeseries',
          unit: 'reqps',
          width: 12,
          stacked: true,
          targets: [{ expression: sumBy(['method', 'code'], q.rate('rest_client_requests_total')), legend: '{{method}} {{code}}' }],
        },
        {
          title: 'Requests, P99',
          description: 'From sending to the answer.',
          kind: 'timeseries',
          unit: 's',
          width: 12,
          targets: [{ expression: q.quantile(0.99, 'rest_client_request_duration_seconds', ['verb']), legend: '{{verb}}' }],
        },
      ],
    },
  ],
};
