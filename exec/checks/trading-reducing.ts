/** Kill switch in reduce-only mode, control unknown, no configuration or a ledger that disagrees with the venue: no increase of risk. */
import { type Check, deny } from './check.ts';

export const tradingReducing: Check = ({ gate }) =>
  gate.tradingState === 'REDUCING' && gate.code !== undefined ? deny(gate.code, gate.message) : undefined;
