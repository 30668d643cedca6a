/** What the sender of an order asks the venue for. */
import type { SideSign } from '../orders/order.ts';

/**
 * GTC: rests until it is cancelled. DAY: rests until the session ends. GTD: rests until `expiryMs`. IOC: trades what it can at once, and the rest is
 * cancelled. FOK: trades as a whole at once, or not at all.
 */
export type TimeInForce = 'GTC' | 'DAY' | 'GTD' | 'IOC' | 'FOK';

export interface OrderRequest {
  /** Unique for the simulator. A second request with the id is the same order again, and changes nothing. */
  readonly orderId: number;
  readonly side: SideSign;
  readonly quantityLots: number;
  /** Undefined: a market order. */
  readonly limitTicks: number | undefined;
  /** Worst price of a market order. Undefined: the simulator takes its own collar around the first price that the order meets. */
  readonly collarTicks: number | undefined;
  readonly timeInForce: TimeInForce;
  /** Of a GTD order; at this time the order trades no more. */
  readonly expiryMs: number | undefined;
  /** The order expires when it reaches the venue later. */
  readonly validUntilMs: number;
  /** The order is rejected when it would trade at once. */
  readonly isPostOnly: boolean;
  /** The order never trades more than the position that it reduces. */
  readonly isReduceOnly: boolean;
}

/** New terms for an open limit order. */
export interface OrderChange {
  readonly quantityLots: number;
  readonly limitTicks: number;
}
