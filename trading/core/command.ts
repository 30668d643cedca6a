/** Cancels and replaces an order. A cancel passes whatever the limits say; a replacement passes the checks as a new order does. */
import { HAPPENING, isEnded, STATUS } from '../orders/order-status.ts';
import type { RefusalReason } from './core-event.ts';
import type { CoreState } from './core-state.ts';
import { judge } from './decide.ts';
import { type LiveOrder, openTicksOf } from './live-order.ts';

export function cancelOrder(state: CoreState, orderId: number): void {
  const live = state.orders.find(orderId);
  const refusal = refusalOf(live);
  if (live === undefined || refusal !== undefined) return refuse(state, orderId, refusal ?? 'UNKNOWN_ORDER');
  if (live.order.status === STATUS.PENDING_CANCEL) return refuse(state, orderId, 'PENDING');
  live.order.take(HAPPENING.REQUEST_CANCEL, state.cause);
  state.events.push({ kind: 'CANCEL', orderId, instrument: live.request.instrument });
}

/** Until the venue answers, the larger of both quantities counts as open. */
export function replaceOrder(state: CoreState, orderId: number, quantityLots: number, limitTicks: number): void {
  const live = state.orders.find(orderId);
  const refusal = refusalOf(live);
  if (live === undefined || refusal !== undefined) return refuse(state, orderId, refusal ?? 'UNKNOWN_ORDER');
  const { order, request } = live;
  if (order.status === STATUS.PENDING_CANCEL || order.status === STATUS.PENDING_UPDATE) return refuse(state, orderId, 'PENDING');
  if (Number.isNaN(order.limitTicks)) return refuse(state, orderId, 'MARKET_ORDER');
  const leavesLots = quantityLots - order.filledLots;
  const failed = judge(state, { ...request, quantityLots: leavesLots, limitTicks, validUntilMs: Number.POSITIVE_INFINITY }, live);
  if (failed !== 0) return refuse(state, orderId, 'CHECKS_FAILED', failed);
  order.take(HAPPENING.REQUEST_UPDATE, state.cause);
  const more = Math.max(0, leavesLots - live.openLots);
  live.worstTicks = Math.max(live.worstTicks, state.context.worstTicks);
  state.reaches.open(request.strategy, request.instrument, request.side, more, openTicksOf(live));
  live.openLots += more;
  live.pendingLots = quantityLots;
  state.events.push({ kind: 'REPLACE', orderId, instrument: request.instrument, change: { quantityLots, limitTicks } });
}

function refusalOf(live: LiveOrder | undefined): RefusalReason | undefined {
  if (live === undefined) return 'UNKNOWN_ORDER';
  if (isEnded(live.order.status)) return 'ENDED';
  return live.order.isQuarantined ? 'QUARANTINED' : undefined;
}

function refuse(state: CoreState, orderId: number, reason: RefusalReason, failed = 0): void {
  state.events.push({ kind: 'REFUSED', orderId, reason, failed });
}
