/** Under a halt of the account no order passes. */
import type { Check } from './check.ts';

export const tradingHalted: Check = {
  code: 'TRADING_HALTED',
  fails: ({ mode }) => mode === 'HALTED',
  numbers: () => ({}),
};
