/** Limit on the position of one strategy in one instrument, after every open order of the order's side has filled. */
import { formatUnits, notionalUp, parseUnits } from '@flotilla/contracts';
import { type Check, deny } from './check.ts';
import { withOrder, worstOnSide } from './position-exposure.ts';
import { orderPriceOf } from './order-price.ts';

export const positionLimit: Check = (context) => {
  const { intent, numbers, policy, exposure } = context;
  if (numbers === undefined || policy === undefined) return undefined;
  const worst = worstOnSide(withOrder(exposure, intent.side, numbers.quantity), intent.side);
  const { maxQuantity, maxNotional } = policy.position;
  if (maxQuantity !== undefined && worst > parseUnits(maxQuantity)) {
    return deny('POSITION_LIMIT', 'position plus open orders would be above the quantity limit', {
      limit: maxQuantity,
      found: formatUnits(worst),
      unit: 'quantity',
    });
  }
  const price = orderPriceOf(context);
  if (price === undefined) return undefined;
  const notional = notionalUp(price, worst);
  if (notional <= parseUnits(maxNotional)) return undefined;
  return deny('POSITION_LIMIT', 'position plus open orders would be above the notional limit', {
    limit: maxNotional,
    found: formatUnits(notional),
    unit: 'notional',
  });
};
