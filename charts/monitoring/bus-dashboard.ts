/** The dashboard of the bus: waiting messages, the lag of the audit log, the health of the processes. */
import type { Dashboard } from './dashboard.ts';
import { makeQueries, maxBy, sumBy } from './promql.ts';

const q = makeQueries({ common: 'namespace=~"$namespace"', window: '$__rate_interval' });

export const busDashboard: Dashboard = {
  uid: 'flotilla-bus',
  title: 'Flotilla / Bus and audit',
  description: 'Waiting messages on the bus, the lag of the audit log, and the health of the processes.',
  rows: [
    {
      title: 'Bus',
      panels: [
        {
          title: 'Wait on the bus, P99',
          description: 'From stored on the bus to the begin of handling, by the clocks of two machines.',
          kind: 'timeseries',
          unit: 's',
          width: 12,
          targets: [{ expression: q.quantile(0.99, 'consume_delay_seconds', ['operation']), legend: '{{operation}}' }],
        },
        {
          title: 'Messages that wait',
          description: 'Behind the last one handled.',
          kind: 'timeseries',
          unit: 'none',
          width: 12,
          alarmFrom: 1_000,
          targets: [{ expression: maxBy(['operation', 'pod'], q.gauge('consume_pending_messages')), legend: '{{operation}} {{pod}}' }],
        },
        {
          title: 'Unknown fields',
          description: 'Of events written by a newer build; they are kept.',
          kind: 'timeseries',
          unit: 'ops',
          width: 12,
          targets: [{ expression: sumBy(['service'], q.rate('unknown_fields_total')), legend: '{{service}}' }],
        },
        {
          title: 'Connections by answer of the callout',
          description: 'Admitted and refused. A pod that starts before its account exists is refused a few times.',
          kind: 'timeseries',
          unit: 'ops',
          width: 24,
          targets: [{ expression: sumBy(['outcome'], q.rate('callout_answers_total')), legend: '{{outcome}}' }],
        },
        {
          title: 'Quotes by condition',
          description: 'LOCKED and CROSSED quotes move no price.',
          kind: 'timeseries',
          unit: 'ops',
          width: 12,
          stacked: true,
          targets: [{ expression: sumBy(['condition'], q.rate('gateway_quotes_total')), legend: '{{condition}}' }],
        },
      ],
    },
    {
      title: 'Audit',
      panels: [
        {
          title: 'Entries by stream',
          description: 'Written to the log.',
          kind: 'timeseries',
          unit: 'ops',
          width: 8,
          stacked: true,
          targets: [{ expression: sumBy(['stream'], q.rate('audit_entries_total')), legend: '{{stream}}' }],
        },
        {
          title: 'Behind',
          description: 'Messages on the bus that are not in the log yet.',
          kind: 'timeseries',
          unit: 'none',
          width: 8,
          alarmFrom: 10_000,
          targets: [{ expression: maxBy(['stream'], q.gauge('audit_pending_entries')), legend: '{{stream}}' }],
        },
        {
          title: 'Delay, P99',
          description: 'From stored on the bus to stored in the log.',
          kind: 'timeseries',
          unit: 's',
          width: 8,
          targets: [{ expression: q.quantile(0.99, 'audit_delay_seconds', ['stream']), legend: '{{stream}}' }],
        },
        {
          title: 'Entries under the newest checkpoint',
          description: 'Grows as long as the log is signed.',
          kind: 'timeseries',
          unit: 'none',
          width: 12,
          targets: [{ expression: maxBy(['namespace'], q.gauge('audit_checkpoint_size')), legend: '{{namespace}}' }],
        },
        {
          title: 'Takeovers of accounts',
          description: 'The epoch counts the exec instances that took over.',
          kind: 'timeseries',
          unit: 'none',
          width: 12,
          targets: [{ expression: maxBy(['portfolio'], q.gauge('exec_epoch')), legend: '{{portfolio}}' }],
        },
      ],
    },
    {
      title: 'Processes',
      panels: [
        {
          title: 'Memory',
          description: 'Resident, by service and pod.',
          kind: 'timeseries',
          unit: 'bytes',
          width: 8,
          targets: [{ expression: maxBy(['job', 'pod'], q.gauge('process_resident_memory_bytes')), legend: '{{job}} {{pod}}' }],
        },
        {
          title: 'Processor',
          description: 'Cores in use.',
          kind: 'timeseries',
          unit: 'none',
          width: 8,
          targets: [{ expression: sumBy(['job', 'pod'], q.rate('process_cpu_seconds_total')), legend: '{{job}} {{pod}}' }],
        },
        {
          title: 'Event loop delay, P99',
          description: 'By service and pod.',
          kind: 'timeseries',
          unit: 's',
          width: 8,
          alarmFrom: 0.5,
          targets: [{ expression: maxBy(['job', 'pod'], q.gauge('nodejs_eventloop_lag_p99_seconds')), legend: '{{job}} {{pod}}' }],
        },
      ],
    },
  ],
};
