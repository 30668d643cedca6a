/** What exec counts. */
import type { Metrics } from '@flotilla/runtime/metrics.ts';
import type { Recorded } from '../engine/execution-events.ts';

export interface ExecMetrics {
  /** By what became of the intent: ACCEPTED, DENIED, DUPLICATE. */
  onIntent(status: 'ACCEPTED' | 'DENIED' | 'DUPLICATE'): void;
  onRecorded(recorded: Recorded): void;
}

export function createExecMetrics(metrics: Metrics): ExecMetrics {
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
