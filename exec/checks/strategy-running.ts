/** A paused strategy may only reduce: what was on its way when it was paused. */
import { type Check, deny } from './check.ts';

export const strategyRunning: Check = ({ strategy }) =>
  strategy?.desiredState !== 'Paused'
    ? undefined
    : deny('STRATEGY_NOT_RUNNING', `the strategy's desired state is ${strategy.desiredState}`, { desiredState: strategy.desiredState });
