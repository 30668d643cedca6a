/** Limit on the exposure of one strategy over all its instruments, open orders included. */
import { formatUnits, parseUnits } from '@flotilla/contracts';
import { type Check, deny } from './check.ts';
import { worstGross } from './worst-gross.ts';

export const capitalLimit: Check = (context) => {
  if (context.strategy === undefined) return undefined;
  const found = worstGross(context, (each) => each.strategy === context.subjectStrategy);
  const limit = context.strategy.capitalMaxNotional;
  if (found === undefined || found <= parseUnits(limit)) return undefined;
  return deny('CAPITAL_LIMIT', 'the strategy would hold more than its capital', { limit, found: formatUnits(found) });
};
