/** The limit price lies near the market price on either side: a price far away is taken for a mistake. */
import { collarTicksOf } from '../market/collar.ts';
import type { Check } from './check.ts';

export const priceCollar: Check = {
  code: 'PRICE_COLLAR',
  fails: ({ limits, limitTicks, markTicks }) =>
    limits !== undefined && markTicks > 0 && Math.abs(limitTicks - markTicks) > collarTicksOf(markTicks, limits.collarBps),
  numbers: ({ limits, instrument, limitTicks, markTicks }, print) => ({
    limitBps: String(limits?.collarBps ?? ''),
    market: print.ticks(instrument, markTicks),
    found: print.ticks(instrument, limitTicks),
  }),
};
