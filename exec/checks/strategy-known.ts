/** The strategy must belong to the portfolio. */
import { type Check, deny } from './check.ts';

export const strategyKnown: Check = ({ configured, strategy, subjectStrategy }) =>
  configured && strategy === undefined
    ? deny('STRATEGY_UNKNOWN', 'no Strategy of that name belongs to the portfolio', { strategy: subjectStrategy })
    : undefined;
