/** Turns a wanted position into the order that is still missing. Pure. */
import type { Side } from '@flotilla/contracts';
import { expectedLots, type Holdings, WORKING_ORDERS_MAX } from './holdings.ts';

export interface MissingOrder {
  readonly side: Side;
  readonly quantityLots: number;
}

/** Undefined when the holdings and open orders reach the target already, and when exec leaves too many orders unanswered. */
export function orderForTarget(holdings: Holdings, instrument: string, targetLots: number): MissingOrder | undefined {
  const missingLots = targetLots - expectedLots(holdings, instrument);
  if (missingLots === 0 || Object.keys(holdings.working).length >= WORKING_ORDERS_MAX) return undefined;
  return {
    side: missingLots > 0 ? 'BUY' : 'SELL',
    quantityLots: Math.abs(missingLots),
  };
}
