/** A halted strategy sends no order. */
import type { Check } from './check.ts';

export const strategyHalted: Check = {
  code: 'STRATEGY_HALTED',
  fails: ({ limits, isOwn }) => limits?.mode === 'HALTED' && !isOwn,
  numbers: () => ({}),
};
