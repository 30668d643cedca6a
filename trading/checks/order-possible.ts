/** Quantity and price of an order are whole numbers above zero. */
import type { Check } from './check.ts';

export const orderPossible: Check = {
  code: 'INTENT_INVALID',
  fails: ({ lots, limitTicks }) =>
    !(Number.isSafeInteger(lots) && lots > 0) || !(Number.isNaN(limitTicks) || (Number.isSafeInteger(limitTicks) && limitTicks > 0)),
  numbers: ({ lots, limitTicks }) => ({ lots: String(lots), limitTicks: String(limitTicks) }),
};
