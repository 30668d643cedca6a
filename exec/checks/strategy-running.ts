/** A paused strategy may only reduce. */
import { type Check, deny } from './check.ts';

export const strategyRunning: Check = ({ strategy }) =>
  strategy?.desiredState !== 'Paused'
    ? undefined
    : deny('STRATEGY_NOT_RUNNING', 'the Strategy is paused: only orders that reduce risk are accepted', {
        desiredState: strategy.desiredState,
      });
