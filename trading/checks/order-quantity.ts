/** Limit on the quantity of one order. */
import type { Check } from './check.ts';

export const orderQuantity: Check = {
  code: 'ORDER_QUANTITY_LIMIT',
  fails: ({ limits, instrument, lots }) => lots > (limits?.orderLots(instrument) ?? Number.POSITIVE_INFINITY),
  numbers: ({ limits, instrument, lots }, print) => ({
    limit: print.lots(instrument, limits?.orderLots(instrument) ?? 0),
    found: print.lots(instrument, lots),
  }),
};
