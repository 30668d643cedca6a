/**
 * Rebuilds the state from a checkpoint and the executions after it, up to this instance's own epoch. No older instance can write after the epoch. The
 * leader of the stream serves the events, because a replica that lags would lose fills without an error.
 */
import { HEADERS, parseEvent, type StoredMessage, subjects } from '@flotilla/contracts';
import type { NatsBus } from '@flotilla/runtime';
import { findBase, type FindBaseOptions } from '../checkpoints/find-base.ts';
import { forgetOldOrders } from '../orders/order-book.ts';
import { type ExecState, foldFill, foldOrderEvent, foldReconcile } from '../state/exec-state.ts';

export interface Rebuilt {
  readonly state: ExecState;
  /** Slot of the checkpoint that the rebuild began with; undefined: it read all executions. */
  readonly slot: number | undefined;
  /** Orders events and fills that the rebuild has read. */
  readonly eventsRead: number;
}

/** @throws FlotillaError `HISTORY_INCOMPLETE`, and those of the bus; AssertionError when the stream has a step that the state machine does not allow. */
export async function rebuildState(options: FindBaseOptions & { readonly bus: NatsBus; readonly nowMs: number }): Promise<Rebuilt> {
  const { bus, portfolio, throughSequence, nowMs } = options;
  const { state, sequence, slot } = await findBase(options);
  const orderPrefix = subjects.order(portfolio, 'x').slice(0, -1);
  const range = { subject: `executions.*.${portfolio}.*`, fromSequence: sequence + 1, throughSequence, servedBy: 'LEADER' } as const;
  let eventsRead = 0;
  for await (const message of bus.read('EXECUTIONS', range)) {
    foldMessage(state, message, message.subject.startsWith(orderPrefix));
    eventsRead += 1;
  }
  const reconcile = await bus.last('EXECUTIONS', subjects.reconcile(portfolio), 'LEADER');
  // The checkpoint holds what an earlier reconciliation has kept, or what is newer.
  if (reconcile !== undefined && reconcile.sequence > sequence)
    foldReconcile(state, parseEvent('executions.reconcile', reconcile.payload).event);
  forgetOldOrders(state.orders, nowMs, state.orders.orders.size);
  return { state, slot, eventsRead };
}

function foldMessage(state: ExecState, message: StoredMessage, isOrder: boolean): void {
  if (isOrder) foldOrderEvent(state, parseEvent('executions.order', message.payload).event, message.headers[HEADERS.traceparent]);
  else foldFill(state, parseEvent('executions.fill', message.payload).event);
}
