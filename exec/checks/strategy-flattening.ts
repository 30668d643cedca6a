/** While exec closes the positions of a strategy, all orders of its agent are denied. */
import { type Check, deny } from './check.ts';

export const strategyFlattening: Check = ({ origin, strategy }) =>
  origin === 'AGENT' && strategy?.mode === 'Flatten'
    ? deny('STRATEGY_FLATTENING', 'exec closes the positions of the strategy before its next revision begins')
    : undefined;
