/** Limit on the loss of the day. Once it is reached, the strategy only reduces until the day ends, even if the loss becomes smaller. */
import { type Check, printValue } from './check.ts';

export const dailyLoss: Check = {
  code: 'DAILY_LOSS_LIMIT',
  fails: ({ limits, areAmountsKnown, isDayLossReached, dayLoss }) =>
    areAmountsKnown &&
    limits !== undefined &&
    (isDayLossReached || dayLoss.state !== 'KNOWN' || dayLoss.amount().compare(limits.dailyLoss) >= 0),
  numbers: ({ limits, dayLoss }, print) =>
    limits === undefined ? {} : { limit: print.amount(limits.dailyLoss), found: printValue(dayLoss, print) },
};
