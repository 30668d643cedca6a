/** Every price by which risk is counted must be fresh: that of the order, and those of all positions and open orders. */
import type { Check } from './check.ts';

export const pricesFresh: Check = {
  code: 'MARKET_PRICE_STALE',
  fails: ({ markTicks, priceAgeMs, oldestPriceAgeMs, priceAgeMsMax }) =>
    markTicks > 0 && (priceAgeMs > priceAgeMsMax || oldestPriceAgeMs > priceAgeMsMax),
  numbers: ({ instrument, priceAgeMs, oldestInstrument, oldestPriceAgeMs, priceAgeMsMax }, print) => ({
    limitMs: String(priceAgeMsMax),
    ageMs: String(Math.max(priceAgeMs, oldestPriceAgeMs)),
    instrument: print.instrument(oldestPriceAgeMs > priceAgeMs ? oldestInstrument : instrument),
  }),
};
