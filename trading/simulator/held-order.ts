/** An order that the simulated venue holds, or that is on its way to the venue. */
import { type Outcome, Order } from '../orders/order.ts';
import { assert } from '@flotilla/contracts/errors/assert.ts';
import type { OrderRequest } from './order-request.ts';
import { worstTicks } from './worst-price.ts';

/** Changed in place. */
export class HeldOrder {
  readonly request: OrderRequest;
  readonly order: Order;
  readonly isMarket: boolean;
  /** The limit or the collar. NaN: a market order without a collar of its own that has met no price yet. */
  boundTicks: number;
  /** Lots of others that trade first at the limit. Infinite: not known, so the order trades when the market passes its limit. */
  aheadLots = Number.POSITIVE_INFINITY;
  /** What the price level showed last, less what has traded there since. */
  shownLots = 0;
  arrivedMs = Number.POSITIVE_INFINITY;
  /** Whether the order has met a price since it came. The first price that an order meets is one that the order takes. */
  hasMet = false;
  /** At this time a GTD order expires, and a market order is cancelled. Infinite: never. */
  endsMs = Number.POSITIVE_INFINITY;
  /** Trades so far: the ordinal of the next one. */
  tradeCount = 0;

  constructor(request: OrderRequest) {
    this.request = request;
    this.order = new Order(request);
    this.isMarket = request.limitTicks === undefined;
    this.boundTicks = request.limitTicks ?? request.collarTicks ?? Number.NaN;
  }

  /** Sets the collar of a market order that came without one, around the first price that it meets. */
  meet(priceTicks: number, collarBps: number): void {
    if (Number.isNaN(this.boundTicks)) this.boundTicks = worstTicks(this.request.side, priceTicks, collarBps);
  }

  /** A waiting market order takes, and so does a limit order that came before there was a price. A post-only order never takes. */
  isTaking(): boolean {
    return this.isMarket || !(this.hasMet || this.request.isPostOnly);
  }

  /** Lots that may trade now, when the venue holds `positionLots` for the account. */
  openLots(positionLots: number): number {
    const leavesLots = this.order.leavesLots();
    return this.request.isReduceOnly ? Math.min(leavesLots, reducibleLots(this.request, positionLots)) : leavesLots;
  }
}

/** Lots of the position that an order of this side closes. */
export function reducibleLots({ side }: OrderRequest, positionLots: number): number {
  return Math.max(0, -side * positionLots);
}

/** The simulator is the only source of what happens, so a contradiction is a bug of the simulator. */
export function assertTaken(outcome: Outcome, held: HeldOrder): void {
  assert(outcome === 'changed' || outcome === 'late', `order ${held.request.orderId}: the state machine answered ${outcome}`);
}
