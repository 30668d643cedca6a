/** A halted strategy is closed as by a kill switch: reductions do not pass either. */
import { type Check, deny } from './check.ts';

export const strategyHalted: Check = ({ strategy }) =>
  strategy?.desiredState === 'Halted' ? deny('STRATEGY_HALTED', 'the strategy is halted: all its orders are denied') : undefined;
