/** What a trading core has decided or booked. SUBMIT, CANCEL and REPLACE are instructions to the venue. */
import type { OrderChange, OrderRequest } from '../simulator/order-request.ts';
import type { StatusName } from '../orders/order-status.ts';

export type CoreEvent =
  /** @see failed: the bits of the checks (`checks/chain.ts`). The order never left us. */
  | { readonly kind: 'DENIED'; readonly orderId: number; readonly failed: number }
  | {
      readonly kind: 'SUBMIT';
      readonly orderId: number;
      readonly strategy: number;
      readonly instrument: number;
      readonly request: OrderRequest;
    }
  | { readonly kind: 'CANCEL'; readonly orderId: number; readonly instrument: number }
  | { readonly kind: 'REPLACE'; readonly orderId: number; readonly instrument: number; readonly change: OrderChange }
  /** A command for an order that has ended, is unknown, or may not become what is asked. Nothing has changed. */
  | { readonly kind: 'REFUSED'; readonly orderId: number; readonly reason: RefusalReason; readonly failed: number }
  | { readonly kind: 'STATUS'; readonly orderId: number; readonly status: StatusName }
  | {
      readonly kind: 'FILL';
      readonly orderId: number;
      readonly tradeId: string;
      readonly priceTicks: number;
      readonly quantityLots: number;
      readonly positionLots: number;
    }
  /** A report contradicts what is known. What has traded is booked, and no command is sent for the order any more. */
  | { readonly kind: 'QUARANTINED'; readonly orderId: number; readonly reason: QuarantineReason };

export type RefusalReason = 'UNKNOWN_ORDER' | 'ENDED' | 'PENDING' | 'QUARANTINED' | 'MARKET_ORDER' | 'CHECKS_FAILED';
export type QuarantineReason = 'UNKNOWN_ORDER' | 'IMPOSSIBLE' | 'OVERFILLED' | 'TOO_MANY_TRADES';
