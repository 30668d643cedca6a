/** Limit on the gross exposure of the portfolio, open orders included. Long and short positions of different strategies do not offset. */
import { formatUnits, parseUnits } from '@flotilla/contracts';
import { type Check, deny } from './check.ts';
import { worstGross } from './worst-gross.ts';

export const grossLimit: Check = (context) => {
  const limit = context.policy?.portfolio.maxGrossNotional;
  const found = worstGross(context, () => true);
  if (limit === undefined || found === undefined || found <= parseUnits(limit)) return undefined;
  return deny('GROSS_NOTIONAL_LIMIT', 'gross exposure plus open orders would be above the limit', { limit, found: formatUnits(found) });
};
