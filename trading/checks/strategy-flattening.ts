/** While exec closes the positions of a strategy, its agent sends no order. */
import type { Check } from './check.ts';

export const strategyFlattening: Check = {
  code: 'STRATEGY_FLATTENING',
  fails: ({ limits, isOwn }) => limits?.mode === 'FLATTENING' && !isOwn,
  numbers: () => ({}),
};
