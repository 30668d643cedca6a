/** Matches one order with the displayed book. Pure. */
import type { Level } from '../../market/market.ts';
import { smaller } from '@flotilla/contracts';
import type { VenueOrder } from '../venue.ts';

export interface Match {
  readonly price: bigint;
  readonly quantity: bigint;
}

/** A resting LIMIT trades at its own price, an arriving order at the displayed one. */
export type Role = 'ARRIVING' | 'RESTING';

/** The trade that happens now; undefined when none does. A FOK order trades as a whole or not at all. */
export function matchOrder(order: VenueOrder, leaves: bigint, level: Level, role: Role): Match | undefined {
  if (!crosses(order, level.price)) return undefined;
  const quantity = smaller(leaves, level.quantity);
  if (quantity <= 0n || (order.timeInForce === 'FOK' && quantity < leaves)) return undefined;
  const price = role === 'RESTING' && order.limitPrice !== undefined ? order.limitPrice : level.price;
  return { price, quantity };
}

function crosses(order: VenueOrder, price: bigint): boolean {
  if (order.type === 'MARKET' || order.limitPrice === undefined) return order.type === 'MARKET';
  return order.side === 'BUY' ? price <= order.limitPrice : price >= order.limitPrice;
}
