/** Turns a wanted position into the order that is still missing. Pure. */
import type { Side } from '@flotilla/contracts';
import type { Target } from '../strategies/strategy.ts';
import { expectedLots, type Holdings, positionRange, WORKING_ORDERS_MAX } from './holdings.ts';

export interface MissingOrder {
  readonly side: Side;
  readonly quantityLots: number;
  /** Signed lots that the strategy wants to hold after the order: the target, or as far towards the target as an exit goes. */
  readonly goalLots: number;
}

/** `Open` goes to the target. `Exit` goes only as far towards the target as the position shrinks, and never through zero. */
export type OrderPurpose = 'Open' | 'Exit';

/** NONE: nothing is missing, or exec leaves too many orders unanswered. WAIT: something is missing, and first an order that rests has to fill. */
export type NextOrder = { readonly kind: 'NONE' | 'WAIT' } | ({ readonly kind: 'ORDER' } & MissingOrder);

/**
 * The order never goes beyond the goal, whatever becomes of the orders that rest: against a BUY that rests, only what it has filled is sold. So a
 * strategy that holds no shorts never goes short.
 */
export function orderForTarget(
  holdings: Holdings,
  { instrument, ...target }: Pick<Target, 'instrument' | 'targetLots' | 'closesOnly'>,
  purpose: OrderPurpose,
): NextOrder {
  const expected = expectedLots(holdings, instrument);
  const goalLots = goalOf(target, expected, purpose);
  if (goalLots === expected || Object.keys(holdings.working).length >= WORKING_ORDERS_MAX) return { kind: 'NONE' };
  const { leastLots, mostLots } = positionRange(holdings, instrument);
  const side = goalLots > expected ? 'BUY' : 'SELL';
  const roomLots = side === 'BUY' ? goalLots - mostLots : leastLots - goalLots;
  const quantityLots = Math.min(Math.abs(goalLots - expected), roomLots);
  return quantityLots <= 0 ? { kind: 'WAIT' } : { kind: 'ORDER', side, quantityLots, goalLots };
}

function goalOf({ targetLots, closesOnly }: Pick<Target, 'targetLots' | 'closesOnly'>, expected: number, purpose: OrderPurpose): number {
  if (closesOnly !== undefined && closesOnly !== (expected > 0 ? 'LONG' : 'SHORT')) return expected;
  if (purpose === 'Open') return targetLots;
  return expected > 0 ? Math.min(expected, Math.max(targetLots, 0)) : Math.max(expected, Math.min(targetLots, 0));
}
