/** From a wanted position to the order that is still missing. */
import type { Side } from '@flotilla/contracts';
import { expectedLots, WORKING_ORDERS_MAX, type Exposure } from './exposure.ts';

export interface MissingOrder {
  readonly side: Side;
  readonly quantityLots: number;
}

/** Undefined when the target is reached, or will be by what is open already; or when exec leaves too many orders unanswered. */
export function orderForTarget(exposure: Exposure, instrument: string, targetLots: number): MissingOrder | undefined {
  const missingLots = targetLots - expectedLots(exposure, instrument);
  if (missingLots === 0 || Object.keys(exposure.working).length >= WORKING_ORDERS_MAX) return undefined;
  return {
    side: missingLots > 0 ? 'BUY' : 'SELL',
    quantityLots: Math.abs(missingLots),
  };
}
