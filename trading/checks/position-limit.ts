/** Limits on the position of one strategy in one instrument, with the order and every open order of its side filled. */
import { type Check, isAbove, printValue } from './check.ts';
import type { CheckContext } from './check-context.ts';

export const positionLimit: Check = {
  code: 'POSITION_LIMIT',
  fails: (context) => isTooMany(context) || isTooMuch(context),
  numbers: ({ limits, instrument, furthestLots, positionNotional }, print) =>
    limits === undefined
      ? {}
      : {
          limit: print.amount(limits.positionNotional),
          found: printValue(positionNotional, print),
          foundQuantity: print.lots(instrument, furthestLots),
        },
};

function isTooMany({ limits, instrument, furthestLots }: CheckContext): boolean {
  return furthestLots > (limits?.positionLots(instrument) ?? Number.POSITIVE_INFINITY);
}

function isTooMuch({ limits, areAmountsKnown, positionNotional }: CheckContext): boolean {
  return areAmountsKnown && limits !== undefined && isAbove(positionNotional, limits.positionNotional);
}
