/** Denies increases of risk under a kill switch in mode ReduceOnly, without a recent halt record, and while ledger and venue disagree. */
import { type Check, deny } from './check.ts';

/** Without a configuration {@link ./policy-present.ts} denies. */
export const tradingReducing: Check = ({ gate, configured }) =>
  gate.tradingState === 'REDUCING' && gate.code !== undefined && configured ? deny(gate.code, gate.message) : undefined;
