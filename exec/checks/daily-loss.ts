/** Limit on the loss of a UTC day. Once the loss has reached the limit, the strategy may only reduce until the day ends, even if the loss shrinks. */
import { formatUnits, parseUnits } from '@flotilla/contracts';
import { type Check, deny } from './check.ts';

export const dailyLoss: Check = ({ policy, dayProfit, dayLossReached }) => {
  if (policy === undefined) return undefined;
  const limit = policy.portfolio.maxDailyLoss;
  if (dayProfit === undefined) return deny('DAILY_LOSS_LIMIT', 'the loss of the UTC day is not known', { limit, found: 'unknown' });
  if (!dayLossReached && -dayProfit < parseUnits(limit)) return undefined;
  return deny('DAILY_LOSS_LIMIT', 'the loss of the UTC day is at its limit', { limit, found: formatUnits(-dayProfit) });
};
