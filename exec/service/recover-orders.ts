/**
 * What a crash left open: the venue gets back what it held, and every order with an unknown outcome gets a known one.
 *
 * ACCEPTED without a later event: the venue is asked, and only an order that it does not know, that is not expired and that the gate lets
 * through is sent. A submit is never repeated blind.
 */
import type { Engine } from '../engine/engine.ts';
import { venueOrderOf } from '../engine/venue-order.ts';
import type { Order } from '../orders/order.ts';
import type { ExecState } from '../state/exec-state.ts';
import type { PaperRestoredOrder } from '../venues/paper/paper-venue.ts';
import type { Venue } from '../venues/venue.ts';

/** Orders for the paper venue's memory, which is EXECUTIONS. Only what rests: the rest of an IOC or FOK died with the process. */
export function ordersToRestore(state: ExecState): readonly PaperRestoredOrder[] {
  return [...state.orders.open.values()].filter(isHeldByVenue).map((order) => ({
    order: venueOrderOf(order),
    filled: order.filled,
    tradeCount: order.tradeIds.length,
  }));
}

/** Orders whose end the stream already tells: what the last instance did not come to write. Needs no gate. */
export function settleOrders(state: ExecState, engine: Engine): void {
  for (const order of state.orders.open.values()) {
    if (order.filled === order.quantity) engine.end(order.orderId, 'FILLED');
    else if (order.filled > order.reportedFilled) engine.end(order.orderId, 'PARTIALLY_FILLED');
    const rest = state.orders.open.get(order.orderId);
    if (rest !== undefined && rest.status !== 'ACCEPTED' && !isHeldByVenue(rest)) {
      engine.end(order.orderId, 'CANCELLED', `the remainder of a ${order.timeInForce} order did not outlive a restart`);
    }
  }
}

/** Orders of which nothing but ACCEPTED is known. To be called after the gate's inputs were read. */
export async function resolveUnknownOrders(state: ExecState, venue: Venue, engine: Engine): Promise<void> {
  for (const order of state.orders.open.values()) {
    if (order.status === 'ACCEPTED' && (await venue.query(order.orderId)) === undefined) engine.submit(order.orderId);
  }
}

function isHeldByVenue(order: Order): boolean {
  const rests = order.status === 'RESTING' || order.status === 'PARTIALLY_FILLED';
  return rests && order.timeInForce === 'GTC' && order.filled < order.quantity;
}
