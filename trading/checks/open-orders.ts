/** Bound on the orders that are open at once. */
import type { Check } from './check.ts';

export const openOrdersBound: Check = {
  code: 'OPEN_ORDERS_LIMIT',
  fails: ({ openOrders, openOrdersMax }) => openOrders >= openOrdersMax,
  numbers: ({ openOrders, openOrdersMax }) => ({ limit: String(openOrdersMax), found: String(openOrders) }),
};
