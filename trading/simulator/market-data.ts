/** Trades and bars that the simulator takes, and which data is usable. Unusable data fills nothing and is counted. */
import { isLots, isPrice } from '../market/usable-data.ts';
import type { SideSign } from '../orders/order.ts';

export interface MarketTrade {
  readonly ticks: number;
  readonly lots: number;
  /** The side that crossed the spread. Undefined: the source does not say. */
  readonly aggressor: SideSign | undefined;
  readonly sourceMs: number;
  readonly sequence: number;
}

export interface Bar {
  readonly openTicks: number;
  readonly highTicks: number;
  readonly lowTicks: number;
  readonly closeTicks: number;
  /** Volume; for a source without volume, the quantity that the instrument says is displayed. */
  readonly lots: number;
  readonly openMs: number;
  readonly closeMs: number;
}

export function isUsableTrade({ ticks, lots }: MarketTrade): boolean {
  return isPrice(ticks) && isLots(lots);
}

export function isUsableBar({ openTicks, highTicks, lowTicks, closeTicks, lots, openMs, closeMs }: Bar): boolean {
  const prices = [openTicks, highTicks, lowTicks, closeTicks];
  const isOrdered = lowTicks <= Math.min(openTicks, closeTicks) && highTicks >= Math.max(openTicks, closeTicks);
  return prices.every(isPrice) && isOrdered && isLots(lots) && openMs <= closeMs;
}
