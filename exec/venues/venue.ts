/**
 * The venue port.
 *
 * Writes (`submit`, `cancel`, `cancelAll`) are synchronous calls that hand the instruction over, so that the gate check and the write can
 * be one function. The outcome arrives as reports, possibly within the same turn. Views are asynchronous, because a real venue is asked.
 */
import type { OrderType, Side, TimeInForce } from '@flotilla/contracts';

export interface VenueOrder {
  readonly orderId: string;
  readonly instrument: string;
  readonly side: Side;
  readonly type: OrderType;
  readonly quantity: bigint;
  readonly limitPrice: bigint | undefined;
  readonly timeInForce: TimeInForce;
  /** The venue refuses an order that reaches it later than this wall time. */
  readonly validUntilMs: number;
}

export type VenueReport =
  | { readonly kind: 'RESTING'; readonly orderId: string }
  | {
      readonly kind: 'FILL';
      readonly orderId: string;
      /** Unique at the venue; the same trade reported twice carries the same id. */
      readonly tradeId: string;
      readonly price: bigint;
      readonly quantity: bigint;
      readonly fee: bigint;
      readonly liquidity: 'MAKER' | 'TAKER';
    }
  | { readonly kind: 'CANCELLED' | 'EXPIRED' | 'REJECTED'; readonly orderId: string; readonly reason: string };

export interface VenueOrderView {
  readonly orderId: string;
  readonly instrument: string;
  readonly leaves: bigint;
}

export interface Venue {
  /** Hands the order over. An order id that the venue knows is not taken twice. */
  submit(order: VenueOrder): void;
  cancel(orderId: string, reason: string): void;
  /** Cancels everything open, orders on their way included; returns how many. */
  cancelAll(reason: string): number;
  /** Undefined when the venue does not know the order. */
  query(orderId: string): Promise<VenueOrderView | undefined>;
  openOrders(): Promise<readonly VenueOrderView[]>;
  /** Net quantity of the account per instrument, without zero quantities. */
  positions(): Promise<ReadonlyMap<string, bigint>>;
}
