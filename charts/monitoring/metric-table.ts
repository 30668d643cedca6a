/**
 * Every metric that dashboards and alerts may name: who serves it, of what type, with which labels.
 *
 * A unit test holds the table against the names in the sources, an end-to-end test against what a running fleet serves at `/metrics`.
 */

export const SERVICES = ['operator', 'callout', 'gateway', 'agent', 'exec', 'audit'] as const;
export type Service = (typeof SERVICES)[number];

export interface MetricDefinition {
  readonly type: 'counter' | 'gauge' | 'histogram';
  readonly services: readonly Service[];
  readonly labels: readonly string[];
  /** From the Prometheus client library, not from our sources. */
  readonly builtIn?: true;
}

const CONSUMERS = ['gateway', 'agent', 'exec'] as const;

export const METRICS = {
  // Every service.
  process_resident_memory_bytes: { type: 'gauge', services: SERVICES, labels: [], builtIn: true },
  process_cpu_seconds_total: { type: 'counter', services: SERVICES, labels: [], builtIn: true },
  process_start_time_seconds: { type: 'gauge', services: SERVICES, labels: [], builtIn: true },
  nodejs_eventloop_lag_p99_seconds: { type: 'gauge', services: SERVICES, labels: [], builtIn: true },
  unknown_fields_total: { type: 'counter', services: SERVICES, labels: ['service'] },
  processing_duration_seconds: { type: 'histogram', services: SERVICES, labels: ['operation'] },
  // Every service that is connected to the bus.
  bus_callback_failures_total: { type: 'counter', services: SERVICES, labels: ['kind'] },
  bus_request_failures_total: { type: 'counter', services: SERVICES, labels: ['code'] },
  // Every service that consumes with the common loop.
  consume_delay_seconds: { type: 'histogram', services: CONSUMERS, labels: ['operation'] },
  consume_pending_messages: { type: 'gauge', services: CONSUMERS, labels: ['operation'] },

  callout_answers_total: { type: 'counter', services: ['callout'], labels: ['outcome'] },

  gateway_webhooks_received_total: { type: 'counter', services: ['gateway'], labels: ['source', 'status'] },
  gateway_webhook_outcomes_total: { type: 'counter', services: ['gateway'], labels: ['source', 'reason'] },
  gateway_signals_normalized_total: { type: 'counter', services: ['gateway'], labels: ['kind'] },
  gateway_quotes_total: { type: 'counter', services: ['gateway'], labels: ['condition'] },
  gateway_replay_rows_refused_total: { type: 'counter', services: ['gateway'], labels: ['source'] },
  gateway_replay_rows_total: { type: 'counter', services: ['gateway'], labels: ['source'] },
  gateway_source_problems: { type: 'gauge', services: ['gateway'], labels: [] },
  gateway_sources_unusable: { type: 'gauge', services: ['gateway'], labels: [] },

  agents_signals_consumed_total: { type: 'counter', services: ['agent'], labels: ['kind'] },
  agents_intents_published_total: { type: 'counter', services: ['agent'], labels: ['instrument'] },
  agents_targets_expired_total: { type: 'counter', services: ['agent'], labels: [] },
  agents_prices_unusable_total: { type: 'counter', services: ['agent'], labels: ['instrument'] },

  exec_orders_received_total: { type: 'counter', services: ['exec'], labels: ['status'] },
  exec_order_events_total: { type: 'counter', services: ['exec'], labels: ['status'] },
  exec_fills_generated_total: { type: 'counter', services: ['exec'], labels: ['fill_type', 'instrument'] },
  exec_denials_total: { type: 'counter', services: ['exec'], labels: ['code'] },
  exec_trading_state: { type: 'gauge', services: ['exec'], labels: ['state', 'code'] },
  exec_open_orders: { type: 'gauge', services: ['exec'], labels: [] },
  exec_checkpoint_age_seconds: { type: 'gauge', services: ['exec'], labels: [] },
  exec_epoch: { type: 'gauge', services: ['exec'], labels: [] },

  audit_entries_total: { type: 'counter', services: ['audit'], labels: ['stream'] },
  audit_checkpoint_size: { type: 'gauge', services: ['audit'], labels: [] },
  audit_pending_entries: { type: 'gauge', services: ['audit'], labels: ['stream'] },
  audit_delay_seconds: { type: 'histogram', services: ['audit'], labels: ['stream'] },

  // The state of the resources. Every operator process exports all of them, so panels take the maximum and never a sum.
  flotilla_resources: { type: 'gauge', services: ['operator'], labels: ['tenant', 'kind', 'state', 'reason'] },
  flotilla_resources_unknown_fields: { type: 'gauge', services: ['operator'], labels: ['tenant', 'kind'] },
  flotilla_strategies: { type: 'gauge', services: ['operator'], labels: ['tenant', 'portfolio', 'state'] },
  flotilla_portfolio_trading: { type: 'gauge', services: ['operator'], labels: ['tenant', 'portfolio', 'state', 'reason'] },
  flotilla_tenants: { type: 'gauge', services: ['operator'], labels: ['tenant', 'state'] },
  flotilla_kill_switches: { type: 'gauge', services: ['operator'], labels: ['state'] },
  flotilla_halt_step_seconds: { type: 'gauge', services: ['operator'], labels: ['kill_switch', 'tenant', 'portfolio', 'step'] },

  permission_probes_total: { type: 'counter', services: ['operator'], labels: ['tenant', 'outcome'] },
  forbidden_attempts_total: { type: 'counter', services: ['operator'], labels: ['tenant'] },
  drift_repaired_total: { type: 'counter', services: ['operator'], labels: ['tenant', 'what'] },
  drift_lasting: { type: 'gauge', services: ['operator'], labels: ['tenant', 'what'] },
  permission_store_leaks: { type: 'gauge', services: ['operator'], labels: [] },
  permission_networks: { type: 'gauge', services: ['operator'], labels: ['tenant', 'state'] },
  permission_leaks: { type: 'gauge', services: ['operator'], labels: ['tenant'] },

  controller_runtime_reconcile_total: { type: 'counter', services: ['operator'], labels: ['controller', 'result'] },
  controller_runtime_reconcile_errors_total: { type: 'counter', services: ['operator'], labels: ['controller'] },
  controller_runtime_terminal_reconcile_errors_total: { type: 'counter', services: ['operator'], labels: ['controller'] },
  controller_runtime_reconcile_panics_total: { type: 'counter', services: ['operator'], labels: ['controller'] },
  controller_runtime_reconcile_timeouts_total: { type: 'counter', services: ['operator'], labels: ['controller'] },
  controller_runtime_reconcile_time_seconds: { type: 'histogram', services: ['operator'], labels: ['controller'] },
  controller_runtime_active_workers: { type: 'gauge', services: ['operator'], labels: ['controller'] },
  controller_runtime_max_concurrent_reconciles: { type: 'gauge', services: ['operator'], labels: ['controller'] },
  workqueue_depth: { type: 'gauge', services: ['operator'], labels: ['name'] },
  workqueue_longest_waiting_seconds: { type: 'gauge', services: ['operator'], labels: ['name'] },
  workqueue_adds_total: { type: 'counter', services: ['operator'], labels: ['name'] },
  workqueue_retries_total: { type: 'counter', services: ['operator'], labels: ['name'] },
  workqueue_queue_duration_seconds: { type: 'histogram', services: ['operator'], labels: ['name'] },
  workqueue_work_duration_seconds: { type: 'histogram', services: ['operator'], labels: ['name'] },
  control_writes_total: { type: 'counter', services: ['operator'], labels: ['controller', 'verb', 'outcome'] },
  watch_age_seconds: { type: 'gauge', services: ['operator'], labels: ['kind'] },
  cache_lag_seconds: { type: 'gauge', services: ['operator'], labels: ['kind'] },
  cache_objects: { type: 'gauge', services: ['operator'], labels: ['kind'] },
  rest_client_requests_total: { type: 'counter', services: ['operator'], labels: ['code', 'method', 'host'] },
  rest_client_request_duration_seconds: { type: 'histogram', services: ['operator'], labels: ['verb', 'host'] },
  leader_election_master_status: { type: 'gauge', services: ['operator'], labels: ['name'] },
} as const satisfies Readonly<Record<string, MetricDefinition>>;

export type MetricName = keyof typeof METRICS;
export type LabelOf<Name extends MetricName> = (typeof METRICS)[Name]['labels'][number];
