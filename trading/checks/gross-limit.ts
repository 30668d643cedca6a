/** Limit on what all strategies hold, with all open orders filled. */
import { type Check, isAbove, printValue } from './check.ts';

export const grossLimit: Check = {
  code: 'GROSS_NOTIONAL_LIMIT',
  fails: ({ limits, areAmountsKnown, gross }) => areAmountsKnown && limits !== undefined && isAbove(gross, limits.gross),
  numbers: ({ limits, gross }, print) =>
    limits === undefined ? {} : { limit: print.amount(limits.gross), found: printValue(gross, print) },
};
