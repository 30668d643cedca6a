/** One revision of a strategy may write at a time: all orders of an agent that was replaced are denied. */
import { type Check, deny } from './check.ts';

export const strategyRevision: Check = ({ origin, strategy, intent }) => {
  if (origin === 'EXEC' || strategy === undefined || strategy.revision === intent.strategyRevision) return undefined;
  return deny('STRATEGY_REVISION', 'the intent comes from a revision of the Strategy that may not write orders', {
    expected: strategy.revision ?? 'none',
    found: intent.strategyRevision ?? 'none',
  });
};
