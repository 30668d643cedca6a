/** Once the portfolio lost the day's limit, the strategy may only reduce until the UTC day ends, even if the loss shrinks again. */
import { formatUnits, parseUnits } from '@flotilla/contracts';
import { type Check, deny } from './check.ts';

export const dailyLoss: Check = ({ policy, dayProfit, dayLossReached }) => {
  if (policy === undefined) return undefined;
  const limit = policy.portfolio.maxDailyLoss;
  if (dayProfit === undefined) return deny('DAILY_LOSS_LIMIT', 'the loss of the UTC day is not known', { limit, found: 'unknown' });
  if (!dayLossReached && -dayProfit < parseUnits(limit)) return undefined;
  return deny('DAILY_LOSS_LIMIT', 'the loss of the UTC day is at its limit', { limit, found: formatUnits(-dayProfit) });
};
