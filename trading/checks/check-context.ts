/** What the checks of one order read. One object is filled anew for each order, so that a decision makes no garbage. */
import { BaseValue } from '../ledger/base-value.ts';
import { BUY, type SideSign } from '../orders/order.ts';
import type { StrategyLimits } from './limits.ts';

/** ACTIVE: orders may pass the checks. REDUCING: reductions alone. HALTED: no order. UNKNOWN: nothing confirms that there is no halt, so reductions alone. */
export type TradingMode = 'ACTIVE' | 'REDUCING' | 'HALTED' | 'UNKNOWN';

/** Changed in place. */
export class CheckContext {
  nowMs = 0;
  mode: TradingMode = 'UNKNOWN';
  /** Undefined: the configuration names no such strategy. */
  limits: StrategyLimits | undefined = undefined;
  /** Whether every exec runs these limits. */
  areLimitsSettled = false;

  strategy = 0;
  instrument = 0;
  side: SideSign = BUY;
  lots = 0;
  /** NaN: a market order. */
  limitTicks = Number.NaN;
  /** The highest price at which the order can trade: its limit or its collar, and the market price when that is higher. NaN: there is no price. */
  worstTicks = Number.NaN;
  isReduceOnly = false;
  /** Whether the order comes from exec itself, which closes positions. */
  isOwn = false;
  /** The order is denied after this time. */
  validUntilMs = 0;
  /** Whether the order brings the position of its strategy nearer to zero and cannot cross zero, whatever other open orders fill. */
  isReducing = false;
  /** Position of the strategy, and lots that an order of this side can still close. */
  positionLots = 0;
  closableLots = 0;

  /** The market price of the instrument; NaN: none. */
  markTicks = Number.NaN;
  priceAgeMs = Number.POSITIVE_INFINITY;
  priceAgeMsMax = 0;
  /** Age of the oldest price among all instruments that are held or ordered. */
  oldestPriceAgeMs = 0;
  oldestInstrument = -1;

  /** The position on the order's side with the order and every open order of the side filled. */
  furthestLots = 0;
  /** Whether the strategy has sent as many orders within the last second as its limit allows. */
  areMessagesUsedUp = false;
  openOrders = 0;
  openOrdersMax = 0;
  /** Whether an order of the strategy was denied for the loss of this day before. */
  isDayLossReached = false;

  /** Below: in the base currency. Filled for orders that increase risk and have limits and a price. */
  areAmountsKnown = false;
  readonly orderNotional = new BaseValue();
  readonly positionNotional = new BaseValue();
  readonly strategyGross = new BaseValue();
  readonly gross = new BaseValue();
  readonly equity = new BaseValue();
  readonly dayLoss = new BaseValue();
}
