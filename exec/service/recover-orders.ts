/**
 * Recovers the orders that a crash left open: restores the orders that the venue held, and settles every order with an unknown outcome.
 *
 * For an order that is ACCEPTED without a later event exec asks the venue. exec sends the order only if the venue does not know it, the order
 * has not expired, and the gate is open. exec never repeats a submission without asking.
 */
import type { Engine } from '../engine/engine.ts';
import { venueOrderOf } from '../engine/venue-order.ts';
import type { Order } from '../orders/order.ts';
import type { ExecState } from '../state/exec-state.ts';
import type { PaperRestoredOrder } from '../venues/paper/paper-venue.ts';
import type { Venue } from '../venues/venue.ts';

/** Orders that the paper venue held, because EXECUTIONS is its memory. Only GTC orders: the rest of an IOC or FOK order ended with the process. */
export function ordersToRestore(state: ExecState): readonly PaperRestoredOrder[] {
  return [...state.orders.open.values()].filter(isHeldByVenue).map((order) => ({
    order: venueOrderOf(order),
    filled: order.filled,
    tradeCount: order.tradeIds.length,
  }));
}

/** Writes the ends of orders that follow from the stream and that the last instance could not write any more. Needs no gate. */
export function settleOrders(state: ExecState, engine: Engine): void {
  for (const order of state.orders.open.values()) {
    if (order.filled === order.quantity) engine.end(order.orderId, 'FILLED');
    else if (order.filled > order.reportedFilled) engine.end(order.orderId, 'PARTIALLY_FILLED');
    const rest = state.orders.open.get(order.orderId);
    if (rest !== undefined && rest.status !== 'ACCEPTED' && !isHeldByVenue(rest)) {
      engine.end(order.orderId, 'CANCELLED', `the rest of a ${order.timeInForce} order ends at a restart of exec`);
    }
  }
}

/** Settles orders of which only ACCEPTED is known. The caller has read the inputs of the gate. */
export async function resolveUnknownOrders(state: ExecState, venue: Venue, engine: Engine): Promise<void> {
  for (const order of state.orders.open.values()) {
    if (order.status === 'ACCEPTED' && (await venue.query(order.orderId)) === undefined) engine.submit(order.orderId);
  }
}

function isHeldByVenue(order: Order): boolean {
  const rests = order.status === 'RESTING' || order.status === 'PARTIALLY_FILLED';
  return rests && order.timeInForce === 'GTC' && order.filled < order.quantity;
}
