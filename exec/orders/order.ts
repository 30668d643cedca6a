/** One order as the fold knows it. */
import type { OrderStatus, OrderType, Side, TimeInForce } from '@flotilla/contracts';

export interface Order {
  readonly orderId: string;
  readonly intentId: string;
  readonly corrId: string;
  /** The intent's place on the bus. */
  readonly causationId: string | undefined;
  readonly strategy: string;
  readonly instrument: string;
  readonly side: Side;
  readonly type: OrderType;
  readonly quantity: bigint;
  readonly limitPrice: bigint | undefined;
  readonly timeInForce: TimeInForce;
  readonly reduceOnly: boolean;
  readonly expiresAt: string;
  /** When exec decided on the intent, milliseconds since the epoch. */
  readonly decidedAtMs: number;
  readonly status: OrderStatus;
  /** By the fills booked. */
  readonly filled: bigint;
  /** By the last order event; behind `filled` when a crash fell between a fill and its order event. */
  readonly reportedFilled: bigint;
  /** Ordinal that the next order event takes. */
  readonly nextOrdinal: number;
  /** Of the fills booked; a trade reported twice is booked once. */
  readonly tradeIds: readonly string[];
  readonly policyHash: string | undefined;
  /** Trace that the intent came with. */
  readonly traceparent: string | undefined;
}

/** Exec made it by itself: it has no intent, so its own id stands in the intent's place. An intent's order never has the intent's id. */
export function isOwnOrder(order: Pick<Order, 'orderId' | 'intentId'>): boolean {
  return order.orderId === order.intentId;
}

const TERMINAL: ReadonlySet<OrderStatus> = new Set(['DENIED', 'FILLED', 'CANCELLED', 'EXPIRED', 'REJECTED']);

export function isTerminal(status: OrderStatus): boolean {
  return TERMINAL.has(status);
}

/** Quantity that may still trade; none once the order is terminal. */
export function leavesOf(order: Order): bigint {
  return isTerminal(order.status) ? 0n : order.quantity - order.filled;
}
