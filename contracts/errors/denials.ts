/** The reasons for which exec denies an order intent. Metric labels and docs come from this table. Codes are never reused. */
import { z } from 'zod';

export const DENIALS = {
  INTENT_INVALID: 'the intent contradicts itself: a LIMIT order without a price, a MARKET order with a price, or another portfolio',
  INTENT_EXPIRED: 'the intent is past its expiresAt',
  STRATEGY_UNKNOWN: 'no Strategy of that name belongs to the portfolio',
  STRATEGY_NOT_RUNNING: 'the Strategy is paused: only orders that reduce risk are accepted',
  STRATEGY_HALTED: 'the Strategy is halted: all its orders are denied',
  STRATEGY_REVISION: 'the intent comes from a revision of the Strategy that may not write orders',
  STRATEGY_FLATTENING: 'the Strategy is being flattened: exec closes its positions and denies all its orders',
  POLICY_MISSING: 'no risk policy is in force for the strategy',
  POLICY_UNSETTLED: 'the execs do not run the same limits of the risk policy yet, or this exec cannot confirm which limits it runs',
  INSTRUMENT_NOT_ALLOWED: 'the instrument is not in the list of the Strategy, or is not defined',
  PRICE_OFF_TICK: 'the limit price is not a multiple of the tick size',
  QUANTITY_OFF_LOT: 'the quantity is not a multiple of the lot size',
  MARKET_PRICE_MISSING: 'exec has not received a usable market price',
  MARKET_PRICE_STALE: 'the last usable market price is too old',
  ORDER_QUANTITY_LIMIT: 'the order quantity is above the limit',
  ORDER_NOTIONAL_LIMIT: 'the order notional is above the limit',
  PRICE_COLLAR: 'the limit price is too far from the market',
  POSITION_LIMIT: 'position plus open orders would be above the limit',
  CAPITAL_LIMIT: 'the strategy would hold more than its capital',
  GROSS_NOTIONAL_LIMIT: 'gross exposure plus open orders would be above the limit',
  LEVERAGE_LIMIT: 'gross exposure over equity would be above the limit',
  MESSAGE_RATE_LIMIT: 'too many orders within one second',
  DAILY_LOSS_LIMIT: 'the loss of the UTC day is at its limit',
  REDUCE_ONLY_VIOLATION: 'a reduce-only order would open or increase a position',
  TRADING_REDUCE_ONLY: 'only orders that reduce risk are accepted',
  TRADING_HALTED: 'a kill switch is engaged',
  RECONCILE_MISMATCH: 'the ledger and the venue disagree',
  CONTROL_UNKNOWN: 'exec has not confirmed that no halt is in force',
} as const;

export type DenialCode = keyof typeof DENIALS;

export const DENIAL_CODES = Object.keys(DENIALS) as readonly DenialCode[];

/**
 * Readers accept every text in the form of a code, because a newer exec may deny for a reason that this build does not know. Otherwise a
 * single new denial would keep an older exec from rebuilding its state.
 */
export const denialCodeSchema = z.custom<DenialCode>((value) => typeof value === 'string' && /^[A-Z][A-Z0-9_]{0,62}$/.test(value), {
  error: 'expected a denial code in upper snake case',
});
