/** Alerts of the trading path: halts, accounts, orders, signals. */
import type { Alert } from './alert.ts';
import { makeQueries, maxBy, sumBy } from './promql.ts';

const q = makeQueries({ common: '', window: '5m' });
/** The design's bound: whatever fails, trading stops within this. */
const STOP_SECONDS_MAX = 2.05;
const OPERATOR = 'job="flotilla-operator",namespace="t"';
const EXEC = 'job="flotilla-exec",namespace="t",portfolio="main"';
const GATEWAY = 'job="flotilla-gateway",namespace="t"';

export const TRADING_ALERTS: readonly Alert[] = [
  {
    name: 'FlotillaHaltSlow',
    expression: `${maxBy(['namespace', 'tenant', 'kill_switch', 'portfolio'], q.gauge('flotilla_halt_step_seconds', { step: 'gate_closed' }))} > ${STOP_SECONDS_MAX}`,
    holdsFor: '0s',
    severity: 'critical',
    summary: 'KillSwitch {{ $labels.kill_switch }} closed the gate of Portfolio {{ $labels.portfolio }} after {{ $value }} s',
    examples: [
      {
        reason: 'the gate took three seconds',
        series: { [`flotilla_halt_step_seconds{${OPERATOR},tenant="t",kill_switch="k",portfolio="main",step="gate_closed"}`]: '3' },
        atMinutes: 0,
        fires: [{ namespace: 't', tenant: 't', kill_switch: 'k', portfolio: 'main' }],
      },
      {
        reason: 'only the agents took long',
        series: {
          [`flotilla_halt_step_seconds{${OPERATOR},tenant="t",kill_switch="k",portfolio="main",step="gate_closed"}`]: '0.02',
          [`flotilla_halt_step_seconds{${OPERATOR},tenant="t",kill_switch="k",portfolio="main",step="agents_scaled_to_zero"}`]: '30',
        },
        atMinutes: 0,
        fires: [],
      },
    ],
  },
  {
    name: 'FlotillaHaltIncomplete',
    expression: `${maxBy(['namespace', 'state'], q.gauge('flotilla_kill_switches', { state: '=~Engaging|Releasing' }))} > 0`,
    holdsFor: '2m',
    severity: 'critical',
    summary: 'A KillSwitch has been {{ $labels.state }} for two minutes: not everything in its scope is halted',
    examples: [
      {
        reason: 'engaging does not end',
        series: { [`flotilla_kill_switches{${OPERATOR},state="Engaging"}`]: '1x5' },
        atMinutes: 3,
        fires: [{ namespace: 't', state: 'Engaging' }],
      },
      {
        reason: 'a completed halt is as it should be',
        series: {
          [`flotilla_kill_switches{${OPERATOR},state="Engaging"}`]: '1 0x5',
          [`flotilla_kill_switches{${OPERATOR},state="Engaged"}`]: '0 1x5',
        },
        atMinutes: 5,
        fires: [],
      },
    ],
  },
  {
    name: 'FlotillaPortfolioNotTrading',
    expression: `${maxBy(
      ['namespace', 'tenant', 'portfolio', 'state', 'reason'],
      q.gauge('flotilla_portfolio_trading', { state: '=~REDUCING|HALTED', reason: '!=TRADING_HALTED' }),
    )} == 1`,
    holdsFor: '5m',
    severity: 'critical',
    summary: 'Portfolio {{ $labels.portfolio }} is {{ $labels.state }} without a KillSwitch: {{ $labels.reason }}',
    examples: [
      {
        reason: 'exec does not know whether a halt is in force',
        series: {
          [`flotilla_portfolio_trading{${OPERATOR},tenant="t",portfolio="main",state="REDUCING",reason="CONTROL_UNKNOWN"}`]: '1x10',
        },
        atMinutes: 6,
        fires: [{ namespace: 't', tenant: 't', portfolio: 'main', state: 'REDUCING', reason: 'CONTROL_UNKNOWN' }],
      },
      {
        reason: 'a KillSwitch is meant',
        series: { [`flotilla_portfolio_trading{${OPERATOR},tenant="t",portfolio="main",state="HALTED",reason="TRADING_HALTED"}`]: '1x10' },
        atMinutes: 10,
        fires: [],
      },
    ],
  },
  {
    name: 'FlotillaExecSilent',
    expression: `${maxBy(['namespace', 'tenant', 'portfolio'], q.gauge('flotilla_portfolio_trading', { state: 'UNKNOWN' }))} == 1`,
    holdsFor: '2m',
    severity: 'critical',
    summary: 'No exec has reported for Portfolio {{ $labels.portfolio }} for two minutes: it cannot trade',
    examples: [
      {
        reason: 'no exec reports',
        series: { [`flotilla_portfolio_trading{${OPERATOR},tenant="t",portfolio="main",state="UNKNOWN",reason=""}`]: '1x5' },
        atMinutes: 3,
        fires: [{ namespace: 't', tenant: 't', portfolio: 'main' }],
      },
      {
        reason: 'an exec that starts is soon heard',
        series: {
          [`flotilla_portfolio_trading{${OPERATOR},tenant="t",portfolio="main",state="UNKNOWN",reason=""}`]: '1 _x5',
          [`flotilla_portfolio_trading{${OPERATOR},tenant="t",portfolio="main",state="ACTIVE",reason=""}`]: '_ 1x5',
        },
        atMinutes: 5,
        fires: [],
      },
    ],
  },
  {
    name: 'FlotillaReconcileMismatch',
    expression: `${maxBy(['namespace', 'portfolio'], q.gauge('exec_trading_state', { code: 'RECONCILE_MISMATCH' }))} == 1`,
    holdsFor: '1m',
    severity: 'critical',
    summary: 'Ledger and venue of Portfolio {{ $labels.portfolio }} disagree; it does not trade',
    examples: [
      {
        reason: 'they disagree',
        series: { [`exec_trading_state{${EXEC},state="REDUCING",code="RECONCILE_MISMATCH"}`]: '1x5' },
        atMinutes: 2,
        fires: [{ namespace: 't', portfolio: 'main' }],
      },
      { reason: 'all is well', series: { [`exec_trading_state{${EXEC},state="ACTIVE",code=""}`]: '1x5' }, atMinutes: 5, fires: [] },
    ],
  },
  {
    name: 'FlotillaOrdersDenied',
    expression:
      sumBy(['namespace', 'portfolio'], q.rate('exec_orders_received_total', { status: 'DENIED' })) +
      ` > 0.5 * ${sumBy(['namespace', 'portfolio'], q.rate('exec_orders_received_total'))} and ` +
      `${sumBy(['namespace', 'portfolio'], q.increase('exec_orders_received_total', { status: 'DENIED' }, '15m'))} > 20`,
    holdsFor: '10m',
    severity: 'warning',
    summary: 'More than half of the orders of Portfolio {{ $labels.portfolio }} are denied',
    examples: [
      {
        reason: 'nine of ten are',
        series: {
          [`exec_orders_received_total{${EXEC},status="DENIED"}`]: '0+9x40',
          [`exec_orders_received_total{${EXEC},status="ACCEPTED"}`]: '0+1x40',
        },
        atMinutes: 35,
        fires: [{ namespace: 't', portfolio: 'main' }],
      },
      {
        reason: 'one of ten is',
        series: {
          [`exec_orders_received_total{${EXEC},status="DENIED"}`]: '0+1x40',
          [`exec_orders_received_total{${EXEC},status="ACCEPTED"}`]: '0+9x40',
        },
        atMinutes: 35,
        fires: [],
      },
    ],
  },
  {
    name: 'FlotillaOrderPathSlow',
    expression: `${q.quantile(0.99, 'processing_duration_seconds', ['namespace', 'portfolio'], { operation: 'exec.intent' })} > 0.1`,
    holdsFor: '10m',
    severity: 'warning',
    summary: 'exec of Portfolio {{ $labels.portfolio }} takes {{ $value }} s for an order at P99',
    examples: [
      {
        reason: 'orders take between 100 ms and 250 ms',
        series: {
          [`processing_duration_seconds_bucket{${EXEC},operation="exec.intent",le="0.1"}`]: '0x30',
          [`processing_duration_seconds_bucket{${EXEC},operation="exec.intent",le="0.25"}`]: '0+60x30',
          [`processing_duration_seconds_bucket{${EXEC},operation="exec.intent",le="+Inf"}`]: '0+60x30',
        },
        atMinutes: 20,
        fires: [{ namespace: 't', portfolio: 'main' }],
      },
      {
        reason: 'orders take less than 5 ms',
        series: {
          [`processing_duration_seconds_bucket{${EXEC},operation="exec.intent",le="0.005"}`]: '0+60x30',
          [`processing_duration_seconds_bucket{${EXEC},operation="exec.intent",le="+Inf"}`]: '0+60x30',
        },
        atMinutes: 20,
        fires: [],
      },
    ],
  },
  {
    name: 'FlotillaWebhooksUnavailable',
    expression: `${sumBy(['namespace', 'source'], q.increase('gateway_webhooks_received_total', { status: '503' }, '5m'))} > 0`,
    holdsFor: '2m',
    severity: 'critical',
    summary: 'The gateway turns webhooks of {{ $labels.source }} away: a dependency is missing',
    examples: [
      {
        reason: 'it answers 503',
        series: { [`gateway_webhooks_received_total{${GATEWAY},source="desk",status="503"}`]: '0+5x10' },
        atMinutes: 8,
        fires: [{ namespace: 't', source: 'desk' }],
      },
      {
        reason: 'a refused signature is the sender’s matter',
        series: { [`gateway_webhooks_received_total{${GATEWAY},source="desk",status="401"}`]: '0+5x10' },
        atMinutes: 8,
        fires: [],
      },
    ],
  },
  {
    name: 'FlotillaSourcesUnusable',
    expression: `${maxBy(['namespace'], q.gauge('gateway_source_problems'))} > 0 or ${maxBy(['namespace'], q.gauge('gateway_sources_unusable'))} > 0`,
    holdsFor: '5m',
    severity: 'warning',
    summary: 'The gateway leaves SignalSources out, or uses an old configuration',
    examples: [
      {
        reason: 'a secret is unreadable',
        series: { [`gateway_source_problems{${GATEWAY}}`]: '2x10' },
        atMinutes: 6,
        fires: [{ namespace: 't' }],
      },
      {
        reason: 'all are in use',
        series: { [`gateway_source_problems{${GATEWAY}}`]: '0x10', [`gateway_sources_unusable{${GATEWAY}}`]: '0x10' },
        atMinutes: 10,
        fires: [],
      },
    ],
  },
];
