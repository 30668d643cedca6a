/** Limit on what a strategy holds, with its open orders filled. */
import { type Check, isAbove, printValue } from './check.ts';

export const capitalLimit: Check = {
  code: 'CAPITAL_LIMIT',
  fails: ({ limits, areAmountsKnown, strategyGross }) => areAmountsKnown && limits !== undefined && isAbove(strategyGross, limits.capital),
  numbers: ({ limits, strategyGross }, print) =>
    limits === undefined ? {} : { limit: print.amount(limits.capital), found: printValue(strategyGross, print) },
};
