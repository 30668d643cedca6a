/** A strategy that does not run only reduces. */
import type { Check } from './check.ts';

export const strategyRunning: Check = {
  code: 'STRATEGY_NOT_RUNNING',
  fails: ({ limits, isOwn }) => limits !== undefined && limits.mode !== 'RUNNING' && !isOwn,
  numbers: ({ limits }) => ({ mode: limits?.mode ?? '' }),
};
