/** Which numbers of market data are prices and quantities. What is not changes nothing, and is counted. */
import type { Sides } from './quote.ts';

/** A missing side has NaN as its price. */
export function isUsableQuote({ bidTicks, askTicks, bidLots, askLots }: Sides): boolean {
  return (
    (Number.isNaN(bidTicks) || isPrice(bidTicks)) && (Number.isNaN(askTicks) || isPrice(askTicks)) && isLots(bidLots) && isLots(askLots)
  );
}

export function isPrice(ticks: number): boolean {
  return Number.isSafeInteger(ticks) && ticks > 0;
}

export function isLots(lots: number): boolean {
  return Number.isSafeInteger(lots) && lots >= 0;
}
