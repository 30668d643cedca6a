/** Kill switch in reduce-only mode, control unknown or a ledger that disagrees with the venue: no increase of risk. */
import { type Check, deny } from './check.ts';

/** A missing configuration is the matter of {@link ./policy-present.ts}. */
export const tradingReducing: Check = ({ gate, configured }) =>
  gate.tradingState === 'REDUCING' && gate.code !== undefined && configured ? deny(gate.code, gate.message) : undefined;
