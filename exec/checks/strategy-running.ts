/** A paused or halted strategy may only reduce. */
import { type Check, deny } from './check.ts';

export const strategyRunning: Check = ({ strategy }) =>
  strategy === undefined || strategy.desiredState === 'Running'
    ? undefined
    : deny('STRATEGY_NOT_RUNNING', `the strategy's desired state is ${strategy.desiredState}`, { desiredState: strategy.desiredState });
