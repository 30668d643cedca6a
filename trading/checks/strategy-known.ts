/** An order of a strategy that the configuration does not name has no limits, and does not increase risk. */
import type { Check } from './check.ts';

export const strategyKnown: Check = {
  code: 'STRATEGY_UNKNOWN',
  fails: ({ limits }) => limits === undefined,
  numbers: ({ strategy }) => ({ strategy: String(strategy) }),
};
