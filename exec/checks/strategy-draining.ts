/** A strategy that drains before its next revision may only reduce. */
import { type Check, deny } from './check.ts';

export const strategyDraining: Check = ({ strategy }) =>
  strategy?.mode === 'ReduceOnly'
    ? deny('TRADING_REDUCE_ONLY', 'the strategy drains before its next revision begins: only orders that reduce risk are accepted')
    : undefined;
