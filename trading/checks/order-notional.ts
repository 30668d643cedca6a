/** Limit on the value of one order, at the worst price that it can take. */
import { type Check, isAbove, printValue } from './check.ts';

export const orderNotional: Check = {
  code: 'ORDER_NOTIONAL_LIMIT',
  fails: ({ limits, areAmountsKnown, orderNotional: found }) =>
    areAmountsKnown && limits !== undefined && isAbove(found, limits.orderNotional),
  numbers: ({ limits, orderNotional: found }, print) =>
    limits === undefined ? {} : { limit: print.amount(limits.orderNotional), found: printValue(found, print) },
};
