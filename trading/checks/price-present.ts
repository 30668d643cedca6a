/** An order that increases risk needs a market price of its instrument. */
import type { Check } from './check.ts';

export const pricePresent: Check = {
  code: 'MARKET_PRICE_MISSING',
  fails: ({ markTicks }) => !(markTicks > 0),
  numbers: ({ instrument }, print) => ({ instrument: print.instrument(instrument) }),
};
