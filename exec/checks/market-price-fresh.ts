/** The market price of the order's instrument must be recent by exec's own clock. */
import { MARKET_PRICE_AGE_MS_MAX } from '@flotilla/contracts';
import { type Check, deny } from './check.ts';

export const marketPriceFresh: Check = ({ market, nowMs }) => {
  if (market === undefined) return undefined;
  const ageMs = nowMs - market.receivedAtMs;
  if (ageMs <= MARKET_PRICE_AGE_MS_MAX) return undefined;
  return deny('MARKET_PRICE_STALE', 'the last usable market price is too old', { limitMs: MARKET_PRICE_AGE_MS_MAX, ageMs });
};
