/** What the simulated venue reports to the sender of an order. */
import type { ExactSum } from '../numbers/exact-sum.ts';
import type { Liquidity } from './models/fee.ts';

export type RejectReason =
  | 'QUANTITY_INVALID'
  | 'PRICE_INVALID'
  | 'COLLAR_INVALID'
  | 'EXPIRY_INVALID'
  | 'EXPIRY_PAST'
  | 'EXPIRY_TOO_FAR'
  /** A post-only order rests, so it needs a limit and a time in force that rests. */
  | 'POST_ONLY_NEVER_RESTS'
  | 'POST_ONLY_CROSSES'
  | 'REDUCE_ONLY_INCREASES'
  | 'SESSION_CLOSED'
  | 'TRADING_HALTED'
  | 'TOO_MANY_ORDERS';

export type CancelReason =
  | 'REQUESTED'
  /** The rest of an IOC order, or a FOK order that cannot trade as a whole. */
  | 'NOT_FILLABLE_AT_ONCE'
  /** A market order met no price within its collar for as long as a market order may wait. */
  | 'MARKET_ORDER_TOO_OLD'
  /** The position that a reduce-only order reduces is closed. */
  | 'NOTHING_TO_REDUCE'
  /** A market order never waits for another session. */
  | 'SESSION_ENDED';

export type ExpireReason = 'ARRIVED_TOO_LATE' | 'EXPIRY_REACHED' | 'SESSION_ENDED';

export type RefuseReason =
  | 'UNKNOWN_ORDER'
  | 'CANCEL_PENDING'
  | 'MARKET_ORDER'
  | 'QUANTITY_INVALID'
  | 'PRICE_INVALID'
  | 'POST_ONLY_CROSSES'
  | 'TOO_MANY_COMMANDS';

interface Fill {
  readonly kind: 'FILLED';
  readonly orderId: number;
  /** The order id and the ordinal of the trade: a second run with the same inputs gives the same ids. */
  readonly tradeId: string;
  readonly priceTicks: number;
  readonly quantityLots: number;
  readonly liquidity: Liquidity;
  /** Below zero: a rebate. */
  readonly fee: ExactSum;
}

export type ReportBody =
  | Fill
  | { readonly kind: 'ACCEPTED'; readonly orderId: number }
  | { readonly kind: 'REJECTED'; readonly orderId: number; readonly reason: RejectReason }
  | { readonly kind: 'CANCELED'; readonly orderId: number; readonly reason: CancelReason }
  | { readonly kind: 'EXPIRED'; readonly orderId: number; readonly reason: ExpireReason }
  | { readonly kind: 'UPDATED'; readonly orderId: number; readonly quantityLots: number; readonly limitTicks: number }
  | { readonly kind: 'UPDATE_REFUSED'; readonly orderId: number; readonly reason: RefuseReason }
  | { readonly kind: 'CANCEL_REFUSED'; readonly orderId: number; readonly reason: RefuseReason };

export interface Report {
  readonly body: ReportBody;
  /** When it happened at the venue. */
  readonly atMs: number;
  /** When the sender hears of it. Never before an earlier report. */
  readonly heardMs: number;
}
