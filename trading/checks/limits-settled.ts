/** Limits that another exec does not run yet let no order increase risk. */
import type { Check } from './check.ts';

export const limitsSettled: Check = {
  code: 'POLICY_UNSETTLED',
  fails: ({ limits, areLimitsSettled }) => limits !== undefined && !areLimitsSettled,
  numbers: () => ({}),
};
