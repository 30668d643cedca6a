/** Is it trading, and if not, why: halts, orders, agents, signals. */
import type { Dashboard } from './dashboard.ts';
import { makeQueries, maxBy, sumBy } from './promql.ts';

const q = makeQueries({ common: 'namespace=~"$namespace"', window: '$__rate_interval' });

export const fleetDashboard: Dashboard = {
  uid: 'flotilla-fleet',
  title: 'Flotilla / Fleet',
  description: 'Is it trading, and if not, why.',
  rows: [
    {
      title: 'Trading',
      panels: [
        {
          title: 'Portfolios by trading state',
          description:
            'ACTIVE trades; REDUCING only reduces positions; HALTED does nothing; UNKNOWN: no exec reports. By what the operator knows.',
          kind: 'stat',
          unit: 'none',
          width: 12,
          targets: [
            {
              expression: sumBy(['state'], maxBy(['namespace', 'tenant', 'portfolio', 'state'], q.gauge('flotilla_portfolio_trading'))),
              legend: '{{state}}',
            },
          ],
        },
        {
          title: 'KillSwitches',
          description: 'Engaging: a step is still to come. Engaged: everything in scope is halted.',
          kind: 'stat',
          unit: 'none',
          width: 6,
          alarmFrom: 1,
          targets: [{ expression: maxBy(['state'], q.gauge('flotilla_kill_switches')), legend: '{{state}}' }],
        },
        {
          title: 'Strategies by state',
          description: 'Blocked: something is missing or wrong; kubectl get strategies says what.',
          kind: 'stat',
          unit: 'none',
          width: 6,
          targets: [
            {
              expression: sumBy(['state'], maxBy(['namespace', 'tenant', 'portfolio', 'state'], q.gauge('flotilla_strategies'))),
              legend: '{{state}}',
            },
          ],
        },
        {
          title: 'Why a portfolio does not trade',
          description:
            'Portfolios that are not ACTIVE, with the denial code that their orders get. Tenant: the namespace of the Portfolio.',
          kind: 'table',
          unit: 'none',
          width: 12,
          targets: [
            {
              expression: maxBy(
                ['namespace', 'tenant', 'portfolio', 'state', 'reason'],
                q.gauge('flotilla_portfolio_trading', { state: '!=ACTIVE' }),
              ),
              legend: '',
            },
          ],
        },
        {
          title: 'What resources wait for',
          description: 'Objects that are not Ready, by kind and reason of the condition.',
          kind: 'table',
          unit: 'none',
          width: 12,
          targets: [
            {
              expression: maxBy(['namespace', 'tenant', 'kind', 'state', 'reason'], q.gauge('flotilla_resources', { state: '!=Ready' })),
              legend: '',
            },
          ],
        },
        {
          title: 'Trading state as exec sees it',
          description: '1 while exec is ACTIVE.',
          kind: 'timeseries',
          unit: 'none',
          width: 12,
          targets: [{ expression: maxBy(['portfolio'], q.gauge('exec_trading_state', { state: 'ACTIVE' })), legend: '{{portfolio}}' }],
        },
        {
          title: 'Time to stop',
          description: 'From when the operator saw a KillSwitch to each step, per portfolio.',
          kind: 'timeseries',
          unit: 's',
          width: 12,
          alarmFrom: 2.05,
          targets: [
            {
              expression: maxBy(['kill_switch', 'tenant', 'portfolio', 'step'], q.gauge('flotilla_halt_step_seconds')),
              legend: '{{kill_switch}} {{tenant}} {{portfolio}} {{step}}',
            },
          ],
        },
      ],
    },
    {
      title: 'Orders',
      panels: [
        {
          title: 'Order intents by outcome',
          description: 'Intents that exec received.',
          kind: 'timeseries',
          unit: 'ops',
          width: 12,
          stacked: true,
          targets: [{ expression: sumBy(['status'], q.rate('exec_orders_received_total')), legend: '{{status}}' }],
        },
        {
          title: 'Denials by code',
          description: 'Failed checks; docs/reference/denials.md says what each means.',
          kind: 'timeseries',
          unit: 'ops',
          width: 12,
          stacked: true,
          targets: [{ expression: sumBy(['code'], q.rate('exec_denials_total')), legend: '{{code}}' }],
        },
        {
          title: 'Fills',
          description: 'By instrument.',
          kind: 'timeseries',
          unit: 'ops',
          width: 8,
          stacked: true,
          targets: [{ expression: sumBy(['instrument'], q.rate('exec_fills_generated_total')), legend: '{{instrument}}' }],
        },
        {
          title: 'Order events by status',
          description: 'What exec recorded.',
          kind: 'timeseries',
          unit: 'ops',
          width: 8,
          stacked: true,
          targets: [{ expression: sumBy(['status'], q.rate('exec_order_events_total')), legend: '{{status}}' }],
        },
        {
          title: 'Open orders',
          description: 'By portfolio.',
          kind: 'timeseries',
          unit: 'none',
          width: 8,
          targets: [{ expression: maxBy(['portfolio'], q.gauge('exec_open_orders')), legend: '{{portfolio}}' }],
        },
        {
          title: 'Order path, P99 of each step',
          description: 'Time in webhook, normaliser, agent and exec; the waits between them are under Bus and audit.',
          kind: 'timeseries',
          unit: 's',
          width: 12,
          targets: [{ expression: q.quantile(0.99, 'processing_duration_seconds', ['operation']), legend: '{{operation}}' }],
        },
        {
          title: 'Order path, P50 of each step',
          description: 'The same, in the middle.',
          kind: 'timeseries',
          unit: 's',
          width: 12,
          targets: [{ expression: q.quantile(0.5, 'processing_duration_seconds', ['operation']), legend: '{{operation}}' }],
        },
      ],
    },
    {
      title: 'Agents and signals',
      panels: [
        {
          title: 'Signals consumed',
          description: 'By strategy.',
          kind: 'timeseries',
          unit: 'ops',
          width: 8,
          targets: [{ expression: sumBy(['strategy'], q.rate('agents_signals_consumed_total')), legend: '{{strategy}}' }],
        },
        {
          title: 'Intents published',
          description: 'By strategy.',
          kind: 'timeseries',
          unit: 'ops',
          width: 8,
          targets: [{ expression: sumBy(['strategy'], q.rate('agents_intents_published_total')), legend: '{{strategy}}' }],
        },
        {
          title: 'Targets expired',
          description: 'Signals that were too old to trade on, by strategy.',
          kind: 'timeseries',
          unit: 'ops',
          width: 8,
          targets: [{ expression: sumBy(['strategy'], q.rate('agents_targets_expired_total')), legend: '{{strategy}}' }],
        },
        {
          title: 'Webhooks by status',
          description: '202: taken. 401, 403, 409, 422, 429: refused. 503: a dependency is away.',
          kind: 'timeseries',
          unit: 'reqps',
          width: 8,
          stacked: true,
          targets: [
            { expression: sumBy(['source', 'status'], q.rate('gateway_webhooks_received_total')), legend: '{{source}} {{status}}' },
          ],
        },
        {
          title: 'Why webhooks are refused',
          description: 'The true reason, which the caller is not told.',
          kind: 'timeseries',
          unit: 'reqps',
          width: 8,
          stacked: true,
          targets: [
            {
              expression: sumBy(['source', 'reason'], q.rate('gateway_webhook_outcomes_total', { reason: '!~ACCEPTED|REPEATED' })),
              legend: '{{source}} {{reason}}',
            },
          ],
        },
        {
          title: 'Signals normalised and replayed',
          description: 'By kind; recorded rows by source.',
          kind: 'timeseries',
          unit: 'ops',
          width: 8,
          targets: [
            { expression: sumBy(['kind'], q.rate('gateway_signals_normalized_total')), legend: '{{kind}}' },
            { expression: sumBy(['source'], q.rate('gateway_replay_rows_total')), legend: 'replay {{source}}' },
          ],
        },
      ],
    },
  ],
};
