/** The limit price must lie near the market price, above and below: a price far away is taken for a mistake. */
import { absolute, BPS_PER_ONE, divideUp, formatUnits } from '@flotilla/contracts';
import { type Check, deny } from './check.ts';

export const priceCollar: Check = ({ intent, numbers, market, policy }) => {
  if (numbers?.limitPrice === undefined || market === undefined || policy === undefined) return undefined;
  const limitBps = policy.order.priceCollarBps;
  const distance = absolute(numbers.limitPrice - market.reference);
  if (distance * BPS_PER_ONE <= market.reference * BigInt(limitBps)) return undefined;
  return deny('PRICE_COLLAR', 'the limit price is too far from the market', {
    limitBps,
    foundBps: String(divideUp(distance * BPS_PER_ONE, market.reference)),
    market: formatUnits(market.reference),
    found: intent.limitPrice ?? '',
  });
};
