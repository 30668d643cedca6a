/** Under a halt that holds all orders, every new order is denied, reductions included. */
import { type Check, deny } from './check.ts';

export const tradingHalted: Check = ({ gate }) =>
  gate.tradingState === 'HALTED' && gate.code !== undefined ? deny(gate.code, gate.message) : undefined;
