/** While the account may only reduce, no order increases risk. */
import type { Check } from './check.ts';

export const tradingReducing: Check = {
  code: 'TRADING_REDUCE_ONLY',
  fails: ({ mode }) => mode === 'REDUCING',
  numbers: () => ({}),
};
