/** One order with what the core has to know of it beside its state. */
import { Order } from '../orders/order.ts';
import type { PlaceOrder } from './core-input.ts';

/** Changed in place. */
export class LiveOrder {
  readonly request: PlaceOrder;
  readonly order: Order;
  /** The highest price at which the order can trade. */
  worstTicks: number;
  /** Lots that count as open in the reach of the strategy. */
  openLots = 0;
  /** The quantity of a change that is on its way to the venue; zero: none is. */
  pendingLots = 0;
  /** Ids of its trades, by which a repeated report is known. */
  readonly tradeIds: string[] = [];

  constructor(request: PlaceOrder, worstTicks: number) {
    this.request = request;
    this.order = new Order(request);
    this.worstTicks = worstTicks;
  }
}

/** The price at which the order counts in the reach. A reduction without any price is open at no known price: zero. */
export function openTicksOf({ worstTicks }: Pick<LiveOrder, 'worstTicks'>): number {
  return worstTicks > 0 ? worstTicks : 0;
}
