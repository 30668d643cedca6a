/** One revision of a strategy writes at a time: an agent that was replaced and does not know it is refused, whatever it wants. */
import { type Check, deny } from './check.ts';

export const strategyRevision: Check = ({ origin, strategy, intent }) => {
  if (origin === 'EXEC' || strategy === undefined || strategy.revision === intent.strategyRevision) return undefined;
  return deny('STRATEGY_REVISION', 'the intent comes from another revision of the strategy than the one that may write', {
    expected: strategy.revision ?? 'none',
    found: intent.strategyRevision ?? 'none',
  });
};
