/** The metrics of exec. */
import { type ExecStatus, tradingStateSchema } from '@flotilla/contracts/control/exec-status.ts';
import type { Metrics } from '@flotilla/runtime/metrics.ts';
import type { Recorded } from '../engine/execution-events.ts';

export interface ExecMetrics {
  /** DUPLICATE: exec knows the order of the intent. ANSWERED: exec answered the intent long ago and has forgotten its order. */
  onIntent(status: 'ACCEPTED' | 'DENIED' | 'DUPLICATE' | 'ANSWERED'): void;
  onRecorded(recorded: Recorded): void;
}

/** Gauges that are computed at each scrape, because the trading state also depends on the time. */
export function watchExecStatus(
  metrics: Metrics,
  status: () => Pick<ExecStatus, 'tradingState' | 'reason' | 'openOrders' | 'epoch'>,
  checkpointAgeS: () => number,
): void {
  metrics.gauge('exec_trading_state', '1 for the state that exec is in; code says why it is not ACTIVE', ['state', 'code'], (gauge) => {
    const { tradingState, reason } = status();
    gauge.reset();
    for (const state of tradingStateSchema.options) {
      gauge.set({ state, code: state === tradingState ? reason : '' }, state === tradingState ? 1 : 0);
    }
  });
  metrics.gauge('exec_open_orders', 'Orders that are open', [], (gauge) => gauge.set(status().openOrders));
  metrics.gauge('exec_epoch', 'Counts the instances that took over the account', [], (gauge) => gauge.set(status().epoch));
  metrics.gauge('exec_checkpoint_age_seconds', 'Time since the state was last saved, or since the start', [], (gauge) =>
    gauge.set(checkpointAgeS()),
  );
}

export function makeExecMetrics(metrics: Metrics): ExecMetrics {
  const received = metrics.counter('exec_orders_received_total', 'Order intents received, by what became of them', ['status']);
  const fills = metrics.counter('exec_fills_generated_total', 'Fills', ['fill_type', 'instrument']);
  const denials = metrics.counter('exec_denials_total', 'Failed checks', ['code']);
  const orders = metrics.counter('exec_order_events_total', 'Order events written', ['status']);
  return {
    onIntent: (status) => received.inc({ status }),
    onRecorded({ type, event }) {
      if (type === 'executions.fill') {
        fills.inc({ fill_type: event.fillType, instrument: event.instrument });
        return;
      }
      orders.inc({ status: event.status });
      for (const { code } of event.denials ?? []) denials.inc({ code });
    },
  };
}
