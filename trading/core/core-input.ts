/** Everything that may happen to a trading core. Every input comes with its time, and none with an earlier time than the one before. */
import type { StrategyLimits } from '../checks/limits.ts';
import type { TradingMode } from '../checks/check-context.ts';
import type { Money } from '../ledger/account-terms.ts';
import type { Rate } from '../ledger/rates.ts';
import type { Split } from '../ledger/position.ts';
import type { Sides } from '../market/quote.ts';
import type { SideSign } from '../orders/order.ts';
import type { ReportBody } from '../simulator/report.ts';
import type { TimeInForce } from '../simulator/order-request.ts';

/** An order that somebody wants. Prices are whole ticks, and quantities are whole lots. */
export interface PlaceOrder {
  /** Unique for the core. A second request with the id is the same order again, and changes nothing. */
  readonly orderId: number;
  readonly strategy: number;
  readonly instrument: number;
  readonly side: SideSign;
  readonly quantityLots: number;
  /** Undefined: a market order. */
  readonly limitTicks: number | undefined;
  readonly timeInForce: TimeInForce;
  /** Of a GTD order. */
  readonly expiryMs: number | undefined;
  /** The order is denied, and by the venue refused, after this time. */
  readonly validUntilMs: number;
  readonly isPostOnly: boolean;
  readonly isReduceOnly: boolean;
  /** Whether exec itself closes a position. */
  readonly isOwn: boolean;
}

export type CoreInput =
  | { readonly kind: 'QUOTE'; readonly instrument: number; readonly sides: Sides; readonly sourceMs: number; readonly sequence: number }
  | { readonly kind: 'PRINT'; readonly instrument: number; readonly ticks: number; readonly sourceMs: number; readonly sequence: number }
  | { readonly kind: 'RATE'; readonly currency: number; readonly rate: Rate; readonly sourceMs: number }
  | { readonly kind: 'PLACE'; readonly order: PlaceOrder }
  | { readonly kind: 'CANCEL'; readonly orderId: number }
  | { readonly kind: 'REPLACE'; readonly orderId: number; readonly quantityLots: number; readonly limitTicks: number }
  | { readonly kind: 'REPORT'; readonly report: ReportBody }
  | { readonly kind: 'LIMITS'; readonly strategy: number; readonly limits: StrategyLimits | undefined; readonly areSettled: boolean }
  | { readonly kind: 'MODE'; readonly mode: TradingMode }
  | { readonly kind: 'DAY'; readonly day: number }
  | { readonly kind: 'CAPITAL'; readonly money: Money }
  | { readonly kind: 'SPLIT'; readonly instrument: number; readonly split: Split };
