/**
 * Rebuilds the state from EXECUTIONS up to this instance's own epoch. No older instance can write after the epoch. The leader of the stream
 * serves the events, because a replica that lags would lose fills without an error.
 */
import { type Bus, HEADERS, parseEvent, type StoredMessage, subjects } from '@flotilla/contracts';
import { forgetOldOrders } from '../orders/order-book.ts';
import { makeExecState, type ExecState, foldFill, foldOrderEvent, foldReconcile } from '../state/exec-state.ts';

/** @throws FlotillaError of the bus; AssertionError when the stream has a step that the state machine does not allow. */
export async function rebuildState(bus: Bus, portfolio: string, throughSequence: number, nowMs: number): Promise<ExecState> {
  const state = makeExecState();
  const orderPrefix = subjects.order(portfolio, 'x').slice(0, -1);
  const range = { subject: `executions.*.${portfolio}.*`, fromSequence: 1, throughSequence, servedBy: 'LEADER' } as const;
  for await (const message of bus.read('EXECUTIONS', range)) {
    foldMessage(state, message, message.subject.startsWith(orderPrefix));
  }
  const reconcile = await bus.last('EXECUTIONS', subjects.reconcile(portfolio), 'LEADER');
  if (reconcile !== undefined) foldReconcile(state, parseEvent('executions.reconcile', reconcile.payload).event);
  forgetOldOrders(state.orders, nowMs, state.orders.orders.size);
  return state;
}

function foldMessage(state: ExecState, message: StoredMessage, isOrder: boolean): void {
  if (isOrder) foldOrderEvent(state, parseEvent('executions.order', message.payload).event, message.headers[HEADERS.traceparent]);
  else foldFill(state, parseEvent('executions.fill', message.payload).event);
}
