/** All orders of a halted strategy are denied, reductions included. */
import { type Check, deny } from './check.ts';

export const strategyHalted: Check = ({ strategy }) =>
  strategy?.desiredState === 'Halted' ? deny('STRATEGY_HALTED', 'the strategy is halted: all its orders are denied') : undefined;
