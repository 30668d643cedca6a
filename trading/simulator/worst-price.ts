/** The collar of a market order: the worst price at which the order may trade, and at which a check values the order. */
import { BUY, type SideSign } from '../orders/order.ts';

const BPS_PER_ONE = 10_000;

/**
 * The worst price in whole ticks, rounded toward the reference price, and at least 1.
 *
 * @param referenceTicks whole number above zero
 * @param collarBps whole number from 0 to 10,000, in hundredths of a percent of the reference price
 */
export function worstTicks(side: SideSign, referenceTicks: number, collarBps: number): number {
  // In two parts, because the product of a price and the collar may pass 2^53.
  const rest = referenceTicks % BPS_PER_ONE;
  const widthTicks = ((referenceTicks - rest) / BPS_PER_ONE) * collarBps + Math.floor((rest * collarBps) / BPS_PER_ONE);
  if (side === BUY) return Math.min(referenceTicks + widthTicks, Number.MAX_SAFE_INTEGER);
  return Math.max(referenceTicks - widthTicks, 1);
}

/** Whether `ticks` is not worse than `boundTicks` for an order of the side. False when either is NaN. */
export function isWithin(side: SideSign, ticks: number, boundTicks: number): boolean {
  return side === BUY ? ticks <= boundTicks : ticks >= boundTicks;
}

/** Whether `ticks` is better than `boundTicks` for an order of the side. False when either is NaN. */
export function isBetter(side: SideSign, ticks: number, boundTicks: number): boolean {
  return side === BUY ? ticks < boundTicks : ticks > boundTicks;
}

/** `ticks`, but not worse than `boundTicks` for an order of the side. */
export function bounded(side: SideSign, ticks: number, boundTicks: number): number {
  return side === BUY ? Math.min(ticks, boundTicks) : Math.max(ticks, boundTicks);
}
