/** Limit on gross exposure over equity. Without equity above zero every increase is denied. */
import { formatUnits, UNITS_PER_ONE, parseUnits } from '@flotilla/contracts';
import { type Check, deny } from './check.ts';
import { worstGross } from './worst-gross.ts';

export const leverageLimit: Check = (context) => {
  const limit = context.policy?.portfolio.maxLeverage;
  const gross = worstGross(context, () => true);
  if (limit === undefined || gross === undefined) return undefined;
  const { equity } = context;
  if (equity === undefined || equity <= 0n) {
    return deny('LEVERAGE_LIMIT', 'the portfolio has no equity above zero', {
      limit,
      equity: equity === undefined ? 'unknown' : formatUnits(equity),
    });
  }
  if (gross * UNITS_PER_ONE <= parseUnits(limit) * equity) return undefined;
  return deny('LEVERAGE_LIMIT', 'gross exposure over equity would be above the limit', {
    limit,
    gross: formatUnits(gross),
    equity: formatUnits(equity),
  });
};
