/** A halt that holds lets nothing new through, reductions neither. */
import { type Check, deny } from './check.ts';

export const tradingHalted: Check = ({ gate }) =>
  gate.tradingState === 'HALTED' && gate.code !== undefined ? deny(gate.code, gate.message) : undefined;
