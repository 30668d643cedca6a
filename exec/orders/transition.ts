/** The order state machine: pure steps over order events and fills. */
import { assert, type Fill, type OrderEvent, type OrderStatus, parseUnits } from '@flotilla/contracts';
import { isTerminal, type Order } from './order.ts';

/** By status: the statuses that may follow. A terminal order stays as it is. */
const FOLLOWERS: Readonly<Record<OrderStatus, readonly OrderStatus[]>> = {
  DENIED: [],
  ACCEPTED: ['RESTING', 'PARTIALLY_FILLED', 'FILLED', 'CANCELLED', 'EXPIRED', 'REJECTED'],
  RESTING: ['PARTIALLY_FILLED', 'FILLED', 'CANCELLED', 'EXPIRED', 'REJECTED'],
  PARTIALLY_FILLED: ['PARTIALLY_FILLED', 'FILLED', 'CANCELLED', 'EXPIRED', 'REJECTED'],
  FILLED: [],
  CANCELLED: [],
  EXPIRED: [],
  REJECTED: [],
};

export function mayFollow(from: OrderStatus, to: OrderStatus): boolean {
  return FOLLOWERS[from].includes(to);
}

/** The order that its first event (DENIED or ACCEPTED, ordinal 0) makes. */
export function orderFromEvent(event: OrderEvent, traceparent: string | undefined): Order {
  assert(event.ordinal === 0, `expected order ${event.orderId} to begin with ordinal 0, found ${event.ordinal}`);
  assert(event.status === 'DENIED' || event.status === 'ACCEPTED', `expected DENIED or ACCEPTED first, found ${event.status}`);
  return {
    orderId: event.orderId,
    intentId: event.intentId,
    corrId: event.corrId,
    causationId: event.causationId,
    strategy: event.strategy,
    instrument: event.instrument,
    side: event.side,
    type: event.type,
    // A denied order may carry numbers that no arithmetic takes; it never trades, so it has no quantity.
    quantity: event.status === 'DENIED' ? 0n : parseUnits(event.quantity),
    limitPrice: event.status === 'DENIED' || event.limitPrice === undefined ? undefined : parseUnits(event.limitPrice),
    timeInForce: event.timeInForce,
    reduceOnly: event.reduceOnly,
    expiresAt: event.expiresAt,
    decidedAtMs: Date.parse(event.time),
    status: event.status,
    filled: 0n,
    reportedFilled: 0n,
    nextOrdinal: 1,
    tradeIds: [],
    policyHash: event.policyHash,
    traceparent,
  };
}

/** A later event of an order. @throws AssertionError for an ordinal out of turn or a step that the machine does not have. */
export function applyOrderEvent(order: Order, event: OrderEvent): Order {
  assert(event.ordinal === order.nextOrdinal, `expected event ${order.nextOrdinal} of order ${order.orderId}, found ${event.ordinal}`);
  assert(mayFollow(order.status, event.status), `order ${order.orderId} cannot go from ${order.status} to ${event.status}`);
  return { ...order, status: event.status, nextOrdinal: order.nextOrdinal + 1, reportedFilled: parseUnits(event.filledQuantity) };
}

/**
 * A fill of an order. It makes the order PARTIALLY_FILLED by itself; FILLED needs the order's own event.
 *
 * A terminal order takes only what its last event already counted: the stream may hold the two in the other order after a resend.
 */
export function applyFill(order: Order, fill: Pick<Fill, 'tradeId' | 'quantity'>): Order {
  const filled = order.filled + parseUnits(fill.quantity);
  const ended = isTerminal(order.status);
  assert(!ended || filled <= order.reportedFilled, `order ${order.orderId} is ${order.status} and cannot fill`);
  assert(!order.tradeIds.includes(fill.tradeId), `trade ${fill.tradeId} is booked already`);
  assert(filled <= order.quantity, `order ${order.orderId} would be filled beyond its quantity`);
  return { ...order, status: ended ? order.status : 'PARTIALLY_FILLED', filled, tradeIds: [...order.tradeIds, fill.tradeId] };
}
