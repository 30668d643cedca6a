/** Limit on the notional of one order, at the market price or at its limit price, whichever is higher. */
import { formatUnits, notionalUp, parseUnits } from '@flotilla/contracts';
import { type Check, deny } from './check.ts';
import { orderPriceOf } from './order-price.ts';

export const orderNotional: Check = (context) => {
  const price = orderPriceOf(context);
  const limit = context.policy?.order.maxNotional;
  if (price === undefined || limit === undefined || context.numbers === undefined) return undefined;
  const found = notionalUp(price, context.numbers.quantity);
  if (found <= parseUnits(limit)) return undefined;
  return deny('ORDER_NOTIONAL_LIMIT', 'the order notional is above the limit', {
    limit,
    found: formatUnits(found),
    price: formatUnits(price),
  });
};
