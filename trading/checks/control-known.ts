/** While nothing confirms that there is no halt, no order increases risk. */
import type { Check } from './check.ts';

export const controlKnown: Check = {
  code: 'CONTROL_UNKNOWN',
  fails: ({ mode }) => mode === 'UNKNOWN',
  numbers: () => ({}),
};
