/** A strategy increases risk in its own instruments alone. */
import type { Check } from './check.ts';

export const instrumentAllowed: Check = {
  code: 'INSTRUMENT_NOT_ALLOWED',
  fails: ({ limits, instrument }) => limits !== undefined && !limits.instruments.has(instrument),
  numbers: ({ instrument }, print) => ({ found: print.instrument(instrument) }),
};
