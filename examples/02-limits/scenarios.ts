/**
 * The orders of `make limits` and the checks that must deny each, in their order: a later row counts on the positions of the rows before. Pure.
 *
 * The numbers belong to fleet.yaml's limits and to the first recorded quote of EUR-USD, 1.38727 / 1.38729: a thousand are worth 1387.28.
 */
import type { DenialCode } from '@flotilla/contracts/errors/denials.ts';
import type { OrderType, Side } from '@flotilla/contracts/events/decisions.ts';

export interface OrderDraft {
  /** As in fleet.yaml, without the id of the run. */
  readonly strategy: 'bold' | 'careful' | 'paused' | 'halted' | 'nobody';
  /** Revision of the strategy that the order claims to come from. Default: the revision that may write. */
  readonly revision?: string;
  readonly side: Side;
  readonly quantity: string;
  /** Default: EUR-USD. */
  readonly instrument?: string;
  readonly limitPrice?: string;
  /** Default: LIMIT with a price, MARKET without one. */
  readonly type?: OrderType;
  readonly reduceOnly?: boolean;
  /** Time from the expiry of the intent to its sending, in milliseconds. Default: the intent is sent long before its expiry. */
  readonly lateMs?: number;
}

export interface Scenario {
  readonly order: OrderDraft;
  /** Copies of the order that are sent at once; default 1. */
  readonly count?: number;
  /** Checks that must all deny the order; an empty list: the order must be filled. */
  readonly refusedBy: readonly DenialCode[];
  /** The reason why the order passes. */
  readonly because?: string;
}

const OPENS = 'opens or increases a position within every limit';
const REDUCES = 'brings the position nearer to zero';

export const NORMAL_TRADING: readonly Scenario[] = [
  // What is wrong with the order itself.
  { order: { strategy: 'bold', side: 'BUY', quantity: '100', type: 'LIMIT' }, refusedBy: ['INTENT_INVALID'] },
  { order: { strategy: 'bold', side: 'BUY', quantity: '100', lateMs: 1_000 }, refusedBy: ['INTENT_EXPIRED'] },
  { order: { strategy: 'bold', side: 'BUY', quantity: '100', limitPrice: '1.387285' }, refusedBy: ['PRICE_OFF_TICK'] },
  { order: { strategy: 'bold', side: 'BUY', quantity: '100.5' }, refusedBy: ['QUANTITY_OFF_LOT'] },
  { order: { strategy: 'bold', side: 'SELL', quantity: '100', reduceOnly: true }, refusedBy: ['REDUCE_ONLY_VIOLATION'] },
  // Who sends it, and for what. All checks run, so that one denial may name several.
  { order: { strategy: 'nobody', side: 'BUY', quantity: '100' }, refusedBy: ['POLICY_MISSING', 'STRATEGY_UNKNOWN'] },
  { order: { strategy: 'paused', side: 'BUY', quantity: '100' }, refusedBy: ['STRATEGY_NOT_RUNNING'] },
  { order: { strategy: 'halted', side: 'BUY', quantity: '100' }, refusedBy: ['STRATEGY_HALTED'] },
  { order: { strategy: 'bold', side: 'BUY', quantity: '100', revision: 'replaced' }, refusedBy: ['STRATEGY_REVISION'] },
  {
    order: { strategy: 'bold', side: 'BUY', quantity: '1', instrument: 'TULIP-USD' },
    refusedBy: ['INSTRUMENT_NOT_ALLOWED', 'MARKET_PRICE_MISSING'],
  },
  { order: { strategy: 'careful', side: 'BUY', quantity: '1', instrument: 'TULIP-USD' }, refusedBy: ['MARKET_PRICE_MISSING'] },
  // How large it is, and at what price.
  { order: { strategy: 'careful', side: 'BUY', quantity: '1001' }, refusedBy: ['ORDER_QUANTITY_LIMIT'] },
  { order: { strategy: 'bold', side: 'BUY', quantity: '3000' }, refusedBy: ['ORDER_NOTIONAL_LIMIT'] },
  { order: { strategy: 'bold', side: 'BUY', quantity: '100', limitPrice: '1.45' }, refusedBy: ['PRICE_COLLAR'] },
  // What would be held with it: by the strategy in the instrument, by the strategy, by the portfolio, against its equity.
  { order: { strategy: 'bold', side: 'BUY', quantity: '1000' }, refusedBy: [], because: OPENS },
  { order: { strategy: 'bold', side: 'BUY', quantity: '2700' }, refusedBy: ['POSITION_LIMIT'] },
  { order: { strategy: 'careful', side: 'BUY', quantity: '900' }, refusedBy: [], because: OPENS },
  { order: { strategy: 'careful', side: 'BUY', quantity: '600' }, refusedBy: ['CAPITAL_LIMIT'] },
  { order: { strategy: 'bold', side: 'BUY', quantity: '2500' }, refusedBy: ['GROSS_NOTIONAL_LIMIT'] },
  { order: { strategy: 'bold', side: 'BUY', quantity: '1000' }, refusedBy: [], because: OPENS },
  { order: { strategy: 'careful', side: 'BUY', quantity: '100' }, refusedBy: ['LEVERAGE_LIMIT'] },
  { order: { strategy: 'careful', side: 'SELL', quantity: '100' }, refusedBy: [], because: REDUCES },
  // How fast they come, and what the day has cost: fees and spread of a few thousand are enough for the careful one.
  { order: { strategy: 'bold', side: 'BUY', quantity: '1' }, count: 20, refusedBy: ['MESSAGE_RATE_LIMIT'] },
  {
    order: { strategy: 'bold', side: 'SELL', quantity: '1000' },
    refusedBy: [],
    because: `${REDUCES}; the rate limit lets reductions pass`,
  },
  { order: { strategy: 'careful', side: 'BUY', quantity: '10' }, refusedBy: ['DAILY_LOSS_LIMIT'] },
  { order: { strategy: 'careful', side: 'SELL', quantity: '100' }, refusedBy: [], because: REDUCES },
];

export const UNDER_REDUCE_ONLY: readonly Scenario[] = [
  { order: { strategy: 'bold', side: 'BUY', quantity: '100' }, refusedBy: ['TRADING_REDUCE_ONLY'] },
  { order: { strategy: 'bold', side: 'SELL', quantity: '100' }, refusedBy: [], because: REDUCES },
];

export const UNDER_HOLD: readonly Scenario[] = [
  { order: { strategy: 'bold', side: 'BUY', quantity: '100' }, refusedBy: ['TRADING_HALTED'] },
  { order: { strategy: 'bold', side: 'SELL', quantity: '100', reduceOnly: true }, refusedBy: ['TRADING_HALTED'] },
];

export const WITHOUT_FRESH_PRICE: readonly Scenario[] = [
  { order: { strategy: 'bold', side: 'BUY', quantity: '100' }, refusedBy: ['MARKET_PRICE_STALE'] },
  { order: { strategy: 'bold', side: 'SELL', quantity: '100' }, refusedBy: [], because: REDUCES },
];

/** What no order can cause, and what does. */
export const NOT_OF_AN_ORDER: Readonly<Partial<Record<DenialCode, string>>> = {
  STRATEGY_FLATTENING:
    'exec is closing the positions of a strategy whose next revision waits (handover: Flatten); it takes milliseconds here',
  POLICY_UNSETTLED: 'execs of several portfolios run different limits of one policy: it lasts until the slowest has the newest',
  RECONCILE_MISMATCH: 'exec found that its ledger and the venue disagree: a bug, or trades at the venue that went past it',
  CONTROL_UNKNOWN: 'exec could not read the halt record for two seconds: the bus is away, and orders come over the same bus',
};
