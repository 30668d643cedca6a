/** How an order takes displayed quantity: at its arrival, and a waiting market order with every quote. */
import type { Fills } from './fills.ts';
import type { HeldOrder } from './held-order.ts';
import type { ShownDepth } from './shown-depth.ts';
import type { SimulatorTerms } from './simulator-terms.ts';
import { bounded, isBetter, isWithin } from './worst-price.ts';

/** Where the simulator takes; `isUsable` of the depth was asked before. */
export interface Taking {
  readonly terms: SimulatorTerms;
  readonly depth: ShownDepth;
  readonly fills: Fills;
}

/**
 * Whether the order trades at the shown price. A limit trades at a displayed price that is as good as the limit. A print shows no price at which others
 * offer, so a limit must be better than the print.
 */
export function crosses(
  { request, boundTicks, isMarket }: Pick<HeldOrder, 'request' | 'boundTicks' | 'isMarket'>,
  depth: ShownDepth,
): boolean {
  const touchTicks = depth.touchTicks(request.side);
  if (depth.source === 'PRINT' && !isMarket) return isBetter(request.side, touchTicks, boundTicks);
  return isWithin(request.side, touchTicks, boundTicks);
}

/** A FOK order trades as a whole or not at all. Slippage and impact never bring the price beyond the limit or the collar. */
export function takeShown(held: HeldOrder, { terms, depth, fills }: Taking): void {
  const { side, timeInForce } = held.request;
  const touchTicks = depth.touchTicks(side);
  held.meet(touchTicks, terms.collarBps);
  if (!crosses(held, depth)) return;
  const lots = Math.min(held.openLots(fills.positionLots), depth.leftLots(side));
  if (lots === 0 || (timeInForce === 'FOK' && lots < held.order.leavesLots())) return;
  const worseTicks = worseTicksOf(terms, depth.takenLots(side) + lots, depth.shownLots(side));
  depth.take(side, lots);
  fills.book(held, bounded(side, touchTicks + side * worseTicks, held.boundTicks), lots, 'TAKER');
}

/** Slippage and impact of a trade that takes. */
export function worseTicksOf({ models }: SimulatorTerms, takenLots: number, shownLots: number): number {
  return models.slippage() + models.impact(takenLots, shownLots);
}
