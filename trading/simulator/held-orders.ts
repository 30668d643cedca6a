/** All orders of one simulated market: on their way, resting, and the ids of those that have ended. */
import { BUY, SELL } from '../orders/order.ts';
import { BookSide } from './book-side.ts';
import type { HeldOrder } from './held-order.ts';
import { RecentIds } from '../orders/recent-ids.ts';

/** Bound on the orders that are open or on their way. */
export const OPEN_ORDERS_MAX = 10_000;
/** Bound on the remembered ids of orders that have ended. */
export const ENDED_IDS_MAX = 100_000;

export class HeldOrders {
  readonly byId = new Map<number, HeldOrder>();
  readonly ended = new RecentIds(ENDED_IDS_MAX);
  readonly sides: readonly [buys: BookSide, sells: BookSide] = [new BookSide(BUY), new BookSide(SELL)];

  knows(orderId: number): boolean {
    return this.byId.has(orderId) || this.ended.has(orderId);
  }

  sideOf({ request }: HeldOrder): BookSide {
    return this.sides[request.side === BUY ? 0 : 1];
  }

  /** The order has ended and does not rest, or not any more. */
  forget(held: HeldOrder): void {
    this.byId.delete(held.request.orderId);
    this.ended.add(held.request.orderId);
  }

  /** Forgets all resting orders that have ended. */
  sweep(): void {
    for (const side of this.sides) side.sweep((held) => this.forget(held));
  }
}
