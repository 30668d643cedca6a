/**
 * Changes exec's state by events: folds each event at once and hands it to the writer in the same turn.
 *
 * So the stream holds the events in the order in which they happened, and a rebuild folds to the same state.
 */
import { assert, type OrderStatus } from '@flotilla/contracts';
import { isTerminal, type Order } from '../orders/order.ts';
import { foldFill, foldOrderEvent } from '../state/exec-state.ts';
import type { EngineOptions } from './engine-options.ts';
import { laterOrderEvent, type Recorded } from './execution-events.ts';

export interface Recorder {
  /** Resolves when the stream has stored the event. */
  record(recorded: Recorded): Promise<void>;
  /** Records the next event of a known order, and does not wait: the writer keeps the event until it is stored, or ends the process. */
  recordStatus(order: Order, status: OrderStatus, reason?: string): void;
  /** An order that was just recorded, as the fold holds it now. */
  orderOf(orderId: string): Order;
}

/** @param onEnded Called with the id of each order that reaches a terminal status. */
export function makeRecorder(options: EngineOptions, onEnded: (orderId: string) => void): Recorder {
  const { source, state, clock } = options;

  function record(recorded: Recorded): Promise<void> {
    if (recorded.type === 'executions.order') {
      foldOrderEvent(state, recorded.event, recorded.traceparent);
      if (isTerminal(recorded.event.status)) onEnded(recorded.event.orderId);
    } else {
      foldFill(state, recorded.event);
    }
    options.onRecorded?.(recorded);
    return options.write(recorded);
  }

  return {
    record,
    recordStatus(order, status, reason) {
      void record(laterOrderEvent(source, order, status, clock.nowMs(), reason)).catch(() => undefined);
    },
    orderOf(orderId) {
      const order = state.orders.orders.get(orderId);
      assert(order !== undefined, `order ${orderId} was just recorded and must be known`);
      return order;
    },
  };
}
