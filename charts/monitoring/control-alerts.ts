/** Alerts of the control plane, the bus, the audit log and the processes. */
import type { Alert } from './alert.ts';
import { makeQueries, maxBy, sumBy } from './promql.ts';

const q = makeQueries({ common: '', window: '5m' });
const OPERATOR = 'job="flotilla-operator",namespace="t"';
const CALLOUT = 'job="flotilla-callout",namespace="t"';
const AUDIT = 'job="flotilla-audit",namespace="t"';
const ACCOUNT = `flotilla_portfolio_trading{${OPERATOR},tenant="t",portfolio="main",state="ACTIVE",reason=""}`;
const LEADERS = sumBy(['namespace'], q.gauge('leader_election_master_status'));

export const CONTROL_ALERTS: readonly Alert[] = [
  {
    name: 'FlotillaNoLeader',
    expression: `${LEADERS} == 0 or absent(${q.gauge('leader_election_master_status')})`,
    holdsFor: '1m',
    severity: 'critical',
    summary: 'No operator leads: specifications, policies and KillSwitches are not acted on',
    examples: [
      {
        reason: 'both stand by',
        series: { [`leader_election_master_status{${OPERATOR},name="x"}`]: '0x5' },
        atMinutes: 2,
        fires: [{ namespace: 't' }],
      },
      { reason: 'there is no operator', series: {}, atMinutes: 2, fires: [{ job: 'flotilla-operator' }] },
      {
        reason: 'one of two leads',
        series: {
          [`leader_election_master_status{${OPERATOR},name="x",pod="a"}`]: '0x5',
          [`leader_election_master_status{${OPERATOR},name="x",pod="b"}`]: '1x5',
        },
        atMinutes: 5,
        fires: [],
      },
    ],
  },
  {
    name: 'FlotillaTwoLeaders',
    expression: `${LEADERS} > 1`,
    holdsFor: '1m',
    severity: 'critical',
    summary: '{{ $value }} operators of namespace {{ $labels.namespace }} believe that they lead',
    examples: [
      {
        reason: 'two do',
        series: {
          [`leader_election_master_status{${OPERATOR},name="x",pod="a"}`]: '1x5',
          [`leader_election_master_status{${OPERATOR},name="x",pod="b"}`]: '1x5',
        },
        atMinutes: 2,
        fires: [{ namespace: 't' }],
      },
      { reason: 'one does', series: { [`leader_election_master_status{${OPERATOR},name="x",pod="a"}`]: '1x5' }, atMinutes: 5, fires: [] },
    ],
  },
  {
    name: 'FlotillaResourceStalled',
    expression: `${maxBy(['namespace', 'tenant', 'kind', 'reason'], q.gauge('flotilla_resources', { state: 'Stalled' }))} > 0`,
    holdsFor: '15m',
    severity: 'warning',
    summary: '{{ $value }} {{ $labels.kind }} objects cannot go on: {{ $labels.reason }}',
    examples: [
      {
        reason: 'a Portfolio is missing',
        series: { [`flotilla_resources{${OPERATOR},tenant="t",kind="Strategy",state="Stalled",reason="PortfolioNotFound"}`]: '1x20' },
        atMinutes: 16,
        fires: [{ namespace: 't', tenant: 't', kind: 'Strategy', reason: 'PortfolioNotFound' }],
      },
      {
        reason: 'it was applied a little later',
        series: { [`flotilla_resources{${OPERATOR},tenant="t",kind="Strategy",state="Stalled",reason="PortfolioNotFound"}`]: '1 1 _x20' },
        atMinutes: 20,
        fires: [],
      },
    ],
  },
  {
    name: 'FlotillaPolicyUnconfirmed',
    expression: `${maxBy(['namespace', 'tenant'], q.gauge('flotilla_resources', { kind: 'RiskPolicy', state: '!=Ready' }))} > 0`,
    holdsFor: '5m',
    severity: 'critical',
    summary: 'A RiskPolicy has not been in force everywhere for five minutes',
    examples: [
      {
        reason: 'exec does not confirm it',
        series: { [`flotilla_resources{${OPERATOR},tenant="t",kind="RiskPolicy",state="Reconciling",reason="Unconfirmed"}`]: '1x10' },
        atMinutes: 6,
        fires: [{ namespace: 't', tenant: 't' }],
      },
      {
        reason: 'it is in force',
        series: { [`flotilla_resources{${OPERATOR},tenant="t",kind="RiskPolicy",state="Ready",reason="InForce"}`]: '3x10' },
        atMinutes: 10,
        fires: [],
      },
    ],
  },
  {
    name: 'FlotillaReconcileErrors',
    expression:
      sumBy(['namespace', 'controller'], q.rate('controller_runtime_reconcile_errors_total')) +
      ` > 0.1 * ${sumBy(['namespace', 'controller'], q.rate('controller_runtime_reconcile_total'))}`,
    holdsFor: '15m',
    severity: 'warning',
    summary: 'More than a tenth of the reconciliations of {{ $labels.controller }} fail',
    examples: [
      {
        reason: 'half fail',
        series: {
          [`controller_runtime_reconcile_errors_total{${OPERATOR},controller="strategy"}`]: '0+5x30',
          [`controller_runtime_reconcile_total{${OPERATOR},controller="strategy",result="error"}`]: '0+5x30',
          [`controller_runtime_reconcile_total{${OPERATOR},controller="strategy",result="success"}`]: '0+5x30',
        },
        atMinutes: 25,
        fires: [{ namespace: 't', controller: 'strategy' }],
      },
      {
        reason: 'one in a hundred fails',
        series: {
          [`controller_runtime_reconcile_errors_total{${OPERATOR},controller="strategy"}`]: '0+1x30',
          [`controller_runtime_reconcile_total{${OPERATOR},controller="strategy",result="success"}`]: '0+99x30',
        },
        atMinutes: 25,
        fires: [],
      },
    ],
  },
  {
    name: 'FlotillaReconcilePanics',
    expression: `${sumBy(['namespace', 'controller'], q.increase('controller_runtime_reconcile_panics_total', {}, '15m'))} > 0`,
    holdsFor: '0s',
    severity: 'warning',
    summary: 'A reconciliation of {{ $labels.controller }} threw an unexpected error: a bug',
    examples: [
      {
        reason: 'one threw',
        series: { [`controller_runtime_reconcile_panics_total{${OPERATOR},controller="strategy"}`]: '0 0 1x10' },
        atMinutes: 5,
        fires: [{ namespace: 't', controller: 'strategy' }],
      },
      {
        reason: 'none has for long',
        series: { [`controller_runtime_reconcile_panics_total{${OPERATOR},controller="strategy"}`]: '1x30' },
        atMinutes: 25,
        fires: [],
      },
    ],
  },
  {
    name: 'FlotillaQueueStuck',
    expression: `${maxBy(['namespace', 'name'], q.gauge('workqueue_longest_waiting_seconds'))} > 60`,
    holdsFor: '2m',
    severity: 'critical',
    summary: 'A key has waited {{ $value }} s in the queue {{ $labels.name }}',
    examples: [
      {
        reason: 'it waits and waits',
        series: { [`workqueue_longest_waiting_seconds{${OPERATOR},name="portfolio"}`]: '0+60x10' },
        atMinutes: 6,
        fires: [{ namespace: 't', name: 'portfolio' }],
      },
      {
        reason: 'a burst was worked off',
        series: { [`workqueue_longest_waiting_seconds{${OPERATOR},name="portfolio"}`]: '0 70 0x10' },
        atMinutes: 6,
        fires: [],
      },
    ],
  },
  {
    name: 'FlotillaWatchStale',
    expression: `${maxBy(['namespace', 'pod', 'kind'], q.gauge('watch_age_seconds'))} > 120`,
    holdsFor: '2m',
    severity: 'critical',
    summary: '{{ $labels.pod }} has heard nothing of {{ $labels.kind }} objects for {{ $value }} s',
    examples: [
      {
        reason: 'the API server is away',
        series: { [`watch_age_seconds{${OPERATOR},pod="p",kind="KillSwitch"}`]: '0+60x10' },
        atMinutes: 6,
        fires: [{ namespace: 't', pod: 'p', kind: 'KillSwitch' }],
      },
      {
        reason: 'bookmarks come every minute',
        series: { [`watch_age_seconds{${OPERATOR},pod="p",kind="KillSwitch"}`]: '5 55 20 60 30 10x10' },
        atMinutes: 8,
        fires: [],
      },
    ],
  },
  {
    name: 'FlotillaConsumerBehind',
    expression: `${maxBy(['namespace', 'job', 'pod', 'operation'], q.gauge('consume_pending_messages'))} > 1000`,
    holdsFor: '5m',
    severity: 'warning',
    summary: '{{ $value }} messages wait for {{ $labels.operation }} of {{ $labels.pod }}',
    examples: [
      {
        reason: 'exec does not keep up',
        series: { 'consume_pending_messages{job="flotilla-exec",namespace="t",pod="p",operation="exec.intent"}': '5000x10' },
        atMinutes: 6,
        fires: [{ namespace: 't', job: 'flotilla-exec', pod: 'p', operation: 'exec.intent' }],
      },
      {
        reason: 'nothing waits',
        series: { 'consume_pending_messages{job="flotilla-exec",namespace="t",pod="p",operation="exec.intent"}': '0x10' },
        atMinutes: 10,
        fires: [],
      },
    ],
  },
  {
    name: 'FlotillaMessagePoisoned',
    expression: `${sumBy(['namespace'], q.increase('audit_entries_total', { stream: 'POISON' }, '15m'))} > 0`,
    holdsFor: '0s',
    severity: 'warning',
    summary: 'A message could not be handled and was put aside in POISON',
    examples: [
      {
        reason: 'one was',
        series: { [`audit_entries_total{${AUDIT},stream="POISON"}`]: '0 0 1x10' },
        atMinutes: 5,
        fires: [{ namespace: 't' }],
      },
      { reason: 'other streams grow', series: { [`audit_entries_total{${AUDIT},stream="SIGNALS"}`]: '0+9x10' }, atMinutes: 5, fires: [] },
    ],
  },
  {
    name: 'FlotillaAuditBehind',
    expression: `${maxBy(['namespace', 'stream'], q.gauge('audit_pending_entries'))} > 10000`,
    holdsFor: '5m',
    severity: 'warning',
    summary: 'The audit log is {{ $value }} messages of {{ $labels.stream }} behind',
    examples: [
      {
        reason: 'the disk is slow',
        series: { [`audit_pending_entries{${AUDIT},stream="SIGNALS"}`]: '20000x10' },
        atMinutes: 6,
        fires: [{ namespace: 't', stream: 'SIGNALS' }],
      },
      { reason: 'it keeps up', series: { [`audit_pending_entries{${AUDIT},stream="SIGNALS"}`]: '3x10' }, atMinutes: 10, fires: [] },
    ],
  },
  {
    name: 'FlotillaCalloutAbsent',
    expression: `count by (namespace) (${q.up('operator')}) unless count by (namespace) (${q.up('callout')} == 1)`,
    holdsFor: '1m',
    severity: 'critical',
    summary: 'No callout of namespace {{ $labels.namespace }} answers: a pod that restarts cannot connect to the bus',
    examples: [
      {
        reason: 'both are gone',
        series: { [`up{${OPERATOR}}`]: '1x10', [`up{${CALLOUT},pod="a"}`]: '0x10', [`up{${CALLOUT},pod="b"}`]: '0x10' },
        atMinutes: 2,
        fires: [{ namespace: 't' }],
      },
      { reason: 'none was ever there', series: { [`up{${OPERATOR}}`]: '1x10' }, atMinutes: 2, fires: [{ namespace: 't' }] },
      {
        reason: 'one of two answers',
        series: { [`up{${OPERATOR}}`]: '1x10', [`up{${CALLOUT},pod="a"}`]: '0x10', [`up{${CALLOUT},pod="b"}`]: '1x10' },
        atMinutes: 10,
        fires: [],
      },
    ],
  },
  {
    name: 'FlotillaPermissionLeak',
    expression: `${maxBy(['namespace', 'tenant'], q.gauge('permission_leaks'))} > 0 or ${maxBy(['namespace'], q.gauge('permission_store_leaks'))} > 0`,
    holdsFor: '0s',
    severity: 'critical',
    summary:
      '{{ $value }} principals of namespace {{ or $labels.tenant $labels.namespace }} reach at the bus or the store what they must not reach',
    examples: [
      {
        reason: 'the last probe found one',
        series: {
          [`permission_leaks{${OPERATOR},tenant="t",pod="a"}`]: '1x5',
          [`permission_leaks{${OPERATOR},tenant="t",pod="b"}`]: '0x5',
        },
        atMinutes: 1,
        fires: [{ namespace: 't', tenant: 't' }],
      },
      {
        reason: 'a gateway may do too much at the store',
        series: { [`permission_leaks{${OPERATOR},tenant="t"}`]: '0x5', [`permission_store_leaks{${OPERATOR}}`]: '1x5' },
        atMinutes: 1,
        fires: [{ namespace: 't' }],
      },
      { reason: 'every denial holds', series: { [`permission_leaks{${OPERATOR},tenant="t"}`]: '0x5' }, atMinutes: 5, fires: [] },
    ],
  },
  {
    name: 'FlotillaForbiddenAttempt',
    expression: `${sumBy(['namespace', 'tenant'], q.increase('forbidden_attempts_total', {}, '15m'))} > 0`,
    holdsFor: '0s',
    severity: 'critical',
    summary: 'A principal of namespace {{ $labels.tenant }} tried at the bus what it has no right to',
    examples: [
      {
        reason: 'an agent writes a halt record',
        series: { [`forbidden_attempts_total{${OPERATOR},tenant="t"}`]: '0 0 1x5' },
        atMinutes: 4,
        fires: [{ namespace: 't', tenant: 't' }],
      },
      {
        reason: 'no attempt for a long time',
        series: { [`forbidden_attempts_total{${OPERATOR},tenant="t"}`]: '3x30' },
        atMinutes: 25,
        fires: [],
      },
    ],
  },
  {
    name: 'FlotillaDriftRepaired',
    expression: `${sumBy(['namespace', 'tenant', 'what'], q.increase('drift_repaired_total', {}, '15m'))} > 0`,
    holdsFor: '0s',
    severity: 'warning',
    summary: 'Somebody changed a {{ $labels.what }} of namespace {{ $labels.tenant }} by hand, and the operator put it back',
    examples: [
      {
        reason: 'a person edits a NetworkPolicy',
        series: { [`drift_repaired_total{${OPERATOR},tenant="t",what="object"}`]: '0 0 1x5' },
        atMinutes: 4,
        fires: [{ namespace: 't', tenant: 't', what: 'object' }],
      },
      {
        reason: 'no change for a long time',
        series: { [`drift_repaired_total{${OPERATOR},tenant="t",what="stream"}`]: '3x30' },
        atMinutes: 25,
        fires: [],
      },
    ],
  },
  {
    name: 'FlotillaDriftLasts',
    expression: `${maxBy(['namespace', 'tenant', 'what'], q.gauge('drift_lasting'))} > 0`,
    holdsFor: '0s',
    severity: 'critical',
    summary: 'Somebody changed a {{ $labels.what }} of namespace {{ $labels.tenant }} by hand, and the change cannot be put back',
    examples: [
      {
        reason: 'a bucket forbids purges for life',
        series: {
          [`drift_lasting{${OPERATOR},tenant="t",what="stream",pod="a"}`]: '1x5',
          [`drift_lasting{${OPERATOR},tenant="t",what="stream",pod="b"}`]: '0x5',
        },
        atMinutes: 1,
        fires: [{ namespace: 't', tenant: 't', what: 'stream' }],
      },
      { reason: 'all is as defined', series: { [`drift_lasting{${OPERATOR},tenant="t",what="stream"}`]: '0x5' }, atMinutes: 5, fires: [] },
    ],
  },
  {
    name: 'FlotillaConnectionsRefused',
    expression: `${sumBy(['namespace'], q.increase('callout_answers_total', { outcome: 'refused' }))} > 0`,
    holdsFor: '10m',
    severity: 'warning',
    summary: 'The callout of namespace {{ $labels.namespace }} has refused connections to the bus for ten minutes',
    examples: [
      {
        reason: 'a pod has no principal, and tries again and again',
        series: { [`callout_answers_total{${CALLOUT},outcome="refused",pod="a"}`]: '0+3x30' },
        atMinutes: 15,
        fires: [{ namespace: 't' }],
      },
      {
        reason: 'a pod was there before its principal',
        series: { [`callout_answers_total{${CALLOUT},outcome="refused",pod="a"}`]: '0 0 5x30' },
        atMinutes: 15,
        fires: [],
      },
      {
        reason: 'all are admitted',
        series: { [`callout_answers_total{${CALLOUT},outcome="admitted",pod="a"}`]: '0+3x30' },
        atMinutes: 20,
        fires: [],
      },
    ],
  },
  {
    name: 'FlotillaAuditAbsent',
    expression: `count by (tenant) (${q.gauge('flotilla_portfolio_trading')}) unless count by (tenant) (label_replace(${q.up('audit')} == 1, "tenant", "$1", "namespace", "(.*)"))`,
    holdsFor: '5m',
    severity: 'critical',
    summary: 'No audit writer of namespace {{ $labels.tenant }} answers: nothing is being written to the evidence',
    examples: [
      { reason: 'it is gone', series: { [ACCOUNT]: '1x10', [`up{${AUDIT}}`]: '0x10' }, atMinutes: 6, fires: [{ tenant: 't' }] },
      { reason: 'it answers', series: { [ACCOUNT]: '1x10', [`up{${AUDIT}}`]: '1x10' }, atMinutes: 10, fires: [] },
      { reason: 'a namespace without a Portfolio has no audit writer', series: { [`up{${OPERATOR}}`]: '1x10' }, atMinutes: 10, fires: [] },
    ],
  },
  {
    name: 'FlotillaTargetDown',
    expression: 'count by (namespace, job) (up{job=~"flotilla-.+"} == 0) > 0',
    holdsFor: '5m',
    severity: 'warning',
    summary: '{{ $value }} pods of {{ $labels.job }} do not answer at /metrics',
    examples: [
      { reason: 'one does not', series: { [`up{${AUDIT}}`]: '0x10' }, atMinutes: 6, fires: [{ namespace: 't', job: 'flotilla-audit' }] },
      { reason: 'it does', series: { [`up{${AUDIT}}`]: '1x10' }, atMinutes: 10, fires: [] },
    ],
  },
  {
    name: 'FlotillaEventLoopBlocked',
    expression: `${maxBy(['namespace', 'job', 'pod'], q.gauge('nodejs_eventloop_lag_p99_seconds'))} > 0.5`,
    holdsFor: '5m',
    severity: 'warning',
    summary: 'The event loop of {{ $labels.pod }} is late by {{ $value }} s',
    examples: [
      {
        reason: 'the process is starved',
        series: { 'nodejs_eventloop_lag_p99_seconds{job="flotilla-operator",namespace="t",pod="p"}': '0.8x10' },
        atMinutes: 6,
        fires: [{ namespace: 't', job: 'flotilla-operator', pod: 'p' }],
      },
      {
        reason: 'it is idle',
        series: { 'nodejs_eventloop_lag_p99_seconds{job="flotilla-operator",namespace="t",pod="p"}': '0.011x10' },
        atMinutes: 10,
        fires: [],
      },
    ],
  },
];
