/** The venue's view of an order. */
import type { Order } from '../orders/order.ts';
import type { VenueOrder } from '../venues/venue.ts';

export function venueOrderOf(order: Order): VenueOrder {
  return {
    orderId: order.orderId,
    instrument: order.instrument,
    side: order.side,
    type: order.type,
    quantity: order.quantity,
    limitPrice: order.limitPrice,
    timeInForce: order.timeInForce,
    validUntilMs: Date.parse(order.expiresAt),
  };
}
