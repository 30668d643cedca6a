/** Every limit in money needs market prices: of the order's instrument, and of every other instrument that the portfolio holds. */
import { type Check, deny } from './check.ts';
import { worstOf } from './position-exposure.ts';

export const marketPricePresent: Check = ({ intent, market, exposures }) => {
  const missing = new Set(
    exposures.filter((each) => each.price === undefined && worstOf(each.exposure) > 0n).map((each) => each.instrument),
  );
  if (market === undefined) missing.add(intent.instrument);
  if (missing.size === 0) return undefined;
  return deny('MARKET_PRICE_MISSING', 'exec has not received a usable market price', { instruments: [...missing].sort().join(' ') });
};
