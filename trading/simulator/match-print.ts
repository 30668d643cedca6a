/** What a trade of others and a bar do to the orders of one side. */
import { BUY } from '../orders/order.ts';
import type { PathPoint } from './bar-path.ts';
import type { BookSide } from './book-side.ts';
import type { HeldOrder } from './held-order.ts';
import type { Bar, MarketTrade } from './market-data.ts';
import type { PrintPool } from './print-pool.ts';
import { bounded, isBetter } from './worst-price.ts';

/** Where the simulator stands in a bar. */
export interface BarMoment {
  readonly bar: Bar;
  readonly point: PathPoint;
  /** Of the points so far, with this one. */
  readonly highestTicks: number;
  readonly lowestTicks: number;
  /** Whether waiting market orders trade too: no quote shows them a price. */
  readonly servesTakers: boolean;
}

/**
 * A trade beyond a limit fills the order at the limit: the order stood before the one who traded. A trade at the limit fills first the queue ahead, and
 * nothing when the aggressor was on the side of the order.
 *
 * An order that came after the trade takes no part in it, even when the news of the trade came later than the order.
 *
 * @param servesTakers whether waiting market orders trade too: no quote shows them a price
 */
export function matchTrade({ side, orders }: BookSide, pool: PrintPool, trade: MarketTrade, servesTakers: boolean): void {
  let passedLots = 0;
  for (const held of orders) {
    if (held.arrivedMs > trade.sourceMs) continue;
    if (held.isMarket || (servesTakers && held.isTaking() && isBetter(side, pool.ticks, held.boundTicks))) {
      if (servesTakers) pool.take(held);
    } else if (isBetter(side, pool.ticks, held.boundTicks)) {
      pool.make(held, held.boundTicks);
    } else if (pool.ticks === held.boundTicks && trade.aggressor !== side) {
      passedLots = passQueue(held, pool, passedLots);
    } else return;
  }
}

/** Gives the lots of others at this price that the trade has taken so far. Orders that came later stand behind the same others. */
function passQueue(held: HeldOrder, pool: PrintPool, passedLots: number): number {
  const passed = passedLots + pool.passOthers(Math.max(0, held.aheadLots - passedLots));
  held.shownLots = Math.max(0, held.shownLots - passed);
  held.aheadLots = Math.max(0, held.aheadLots - passed);
  if (held.aheadLots === 0) pool.make(held, held.boundTicks);
  return passed;
}

/**
 * One point of a bar. An order that came after the bar began trades at the close alone, because the rest of the path may lie before its arrival.
 *
 * A price that goes beyond the limit fills the order; at the limit itself the queue is not known. The order trades at its limit, because the price passes
 * the limit on its way. When the market jumped over the limit at the open, the order trades at the open, and its rest at the worst price since then.
 */
export function matchPoint({ side, orders }: BookSide, pool: PrintPool, moment: BarMoment): void {
  const { bar, point, highestTicks, lowestTicks, servesTakers } = moment;
  const worstTicks = side === BUY ? highestTicks : lowestTicks;
  for (const held of orders) {
    const cameWithin = held.arrivedMs > bar.openMs;
    if (cameWithin && (point.at !== 'CLOSE' || held.arrivedMs > bar.closeMs)) continue;
    if (held.isMarket) {
      if (servesTakers) pool.take(held);
    } else if (isBetter(side, pool.ticks, held.boundTicks)) {
      pool.make(held, cameWithin ? held.boundTicks : bounded(side, worstTicks, held.boundTicks));
    } else return;
  }
}
