/** Lets orders live: made, sent, accepted, filled in two parts; every eighth is cancelled between the two. */
import { BUY, Order, SELL } from '@flotilla/trading/orders/order.ts';
import { HAPPENING } from '@flotilla/trading/orders/order-status.ts';

const LOTS = 10;

export function liveOrders(count: number): void {
  let filled = 0;
  for (let index = 0; index < count; index += 1) {
    const order = new Order({ side: index % 2 === 0 ? BUY : SELL, quantityLots: LOTS, limitTicks: 6_000_000 + (index % 100) });
    order.take(HAPPENING.SUBMIT, index);
    order.take(HAPPENING.ACCEPT, index);
    order.fill(4, index);
    if (index % 8 === 0) order.take(HAPPENING.REQUEST_CANCEL, index);
    order.fill(6, index);
    filled += order.filledLots;
  }
  if (filled !== count * LOTS) throw new Error(`expected ${count * LOTS} lots filled, found ${filled}`);
}
