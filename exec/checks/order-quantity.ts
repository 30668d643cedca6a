/** Limit on the quantity of one order. */
import { parseUnits } from '@flotilla/contracts';
import { type Check, deny } from './check.ts';

export const orderQuantity: Check = ({ intent, numbers, policy }) => {
  const limit = policy?.order.maxQuantity;
  if (limit === undefined || numbers === undefined || numbers.quantity <= parseUnits(limit)) return undefined;
  return deny('ORDER_QUANTITY_LIMIT', 'the order quantity is above the limit', { limit, found: intent.quantity });
};
