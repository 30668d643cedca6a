/** The orders of one side that rest at the venue, in the order in which they trade. */
import { isEnded } from '../orders/order-status.ts';
import type { SideSign } from '../orders/order.ts';
import type { HeldOrder } from './held-order.ts';

export class BookSide {
  readonly side: SideSign;
  /** Waiting market orders first, then the best limit; equal ones in the order in which they came. Ended orders stay until the next sweep. */
  readonly orders: HeldOrder[] = [];

  /** Whether an order came that has met no price yet. */
  #hasUnmet = false;

  constructor(side: SideSign) {
    this.side = side;
  }

  add(held: HeldOrder): void {
    this.#hasUnmet ||= !held.hasMet;
    const rank = rankOf(held);
    let at = this.orders.length;
    // From the end, because most orders come last at their price. Bounded by the number of orders.
    while (at > 0 && rankOf(this.orders[at - 1]) < rank) at -= 1;
    this.orders.splice(at, 0, held);
  }

  remove(held: HeldOrder): void {
    const at = this.orders.indexOf(held);
    if (at >= 0) this.orders.splice(at, 1);
  }

  /** Market data has shown every order a price. */
  meet(): void {
    if (!this.#hasUnmet) return;
    for (const held of this.orders) held.hasMet = true;
    this.#hasUnmet = false;
  }

  /** Removes the orders that have ended, and tells of each. */
  sweep(onEnded: (held: HeldOrder) => void): void {
    let kept = 0;
    for (const held of this.orders) {
      if (isEnded(held.order.status)) onEnded(held);
      else this.orders[kept++] = held;
    }
    this.orders.length = kept;
  }
}

/** Above: trades first. */
function rankOf(held: HeldOrder | undefined): number {
  if (held === undefined || held.isMarket) return Number.POSITIVE_INFINITY;
  return held.request.side * held.boundTicks;
}
