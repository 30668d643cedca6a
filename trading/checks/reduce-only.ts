/** A reduce-only order must not open a position, make one larger, or cross zero. */
import type { Check } from './check.ts';

export const reduceOnly: Check = {
  code: 'REDUCE_ONLY_VIOLATION',
  fails: ({ isReduceOnly, isReducing }) => isReduceOnly && !isReducing,
  numbers: ({ instrument, positionLots, closableLots, lots }, print) => ({
    position: print.lots(instrument, positionLots),
    limit: print.lots(instrument, closableLots),
    found: print.lots(instrument, lots),
  }),
};
