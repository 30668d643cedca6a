/**
 * The orders of `make limits` and the checks that must deny each, in their order: a later row counts on the positions of the rows before. Pure.
 *
 * The numbers belong to fleet.yaml's limits and to the first recorded quote of EUR-USD, 1.38727 / 1.38729: a thousand are worth 1387.28.
 */
import type { DenialCode } from '@flotilla/contracts/errors/denials.ts';
import type { OrderType, Side } from '@flotilla/contracts/events/decisions.ts';

/** Strategies of fleet.yaml, without the id of the run. */
export const STRATEGIES = ['bold', 'careful', 'paused', 'halted'] as const;

export interface OrderDraft {
  readonly strategy: (typeof STRATEGIES)[number];
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
  readonly deniedBy: readonly DenialCode[];
  /** The reason why the order passes. */
  readonly because?: string;
}

const OPENS = 'opens or increases a position within every limit';
const REDUCES = 'brings the position nearer to zero';

export const NORMAL_TRADING: readonly Scenario[] = [
  // Mistakes in the order itself.
  { order: { strategy: 'bold', side: 'BUY', quantity: '100', type: 'LIMIT' }, deniedBy: ['INTENT_INVALID'] },
  { order: { strategy: 'bold', side: 'BUY', quantity: '100', lateMs: 1_000 }, deniedBy: ['INTENT_EXPIRED'] },
  { order: { strategy: 'bold', side: 'BUY', quantity: '100', limitPrice: '1.387285' }, deniedBy: ['PRICE_OFF_TICK'] },
  { order: { strategy: 'bold', side: 'BUY', quantity: '100.5' }, deniedBy: ['QUANTITY_OFF_LOT'] },
  { order: { strategy: 'bold', side: 'SELL', quantity: '100', reduceOnly: true }, deniedBy: ['REDUCE_ONLY_VIOLATION'] },
  // A strategy that does not trade, or a wrong revision or instrument. All checks run, so one denial may name several checks.
  { order: { strategy: 'paused', side: 'BUY', quantity: '100' }, deniedBy: ['STRATEGY_NOT_RUNNING'] },
  { order: { strategy: 'halted', side: 'BUY', quantity: '100' }, deniedBy: ['STRATEGY_HALTED'] },
  { order: { strategy: 'bold', side: 'BUY', quantity: '100', revision: 'replaced' }, deniedBy: ['STRATEGY_REVISION'] },
  {
    order: { strategy: 'bold', side: 'BUY', quantity: '1', instrument: 'TULIP-USD' },
    deniedBy: ['INSTRUMENT_NOT_ALLOWED', 'MARKET_PRICE_MISSING'],
  },
  { order: { strategy: 'careful', side: 'BUY', quantity: '1', instrument: 'TULIP-USD' }, deniedBy: ['MARKET_PRICE_MISSING'] },
  // Size and price of the order.
  { order: { strategy: 'careful', side: 'BUY', quantity: '1001' }, deniedBy: ['ORDER_QUANTITY_LIMIT'] },
  { order: { strategy: 'bold', side: 'BUY', quantity: '3000' }, deniedBy: ['ORDER_NOTIONAL_LIMIT'] },
  { order: { strategy: 'bold', side: 'BUY', quantity: '100', limitPrice: '1.45' }, deniedBy: ['PRICE_COLLAR'] },
  // The position after the order: of the strategy in the instrument, of the strategy, of the portfolio, and against the equity.
  { order: { strategy: 'bold', side: 'BUY', quantity: '1000' }, deniedBy: [], because: OPENS },
  { order: { strategy: 'bold', side: 'BUY', quantity: '2700' }, deniedBy: ['POSITION_LIMIT'] },
  { order: { strategy: 'careful', side: 'BUY', quantity: '900' }, deniedBy: [], because: OPENS },
  { order: { strategy: 'careful', side: 'BUY', quantity: '600' }, deniedBy: ['CAPITAL_LIMIT'] },
  { order: { strategy: 'bold', side: 'BUY', quantity: '2500' }, deniedBy: ['GROSS_NOTIONAL_LIMIT'] },
  { order: { strategy: 'bold', side: 'BUY', quantity: '1000' }, deniedBy: [], because: OPENS },
  { order: { strategy: 'careful', side: 'BUY', quantity: '100' }, deniedBy: ['LEVERAGE_LIMIT'] },
  { order: { strategy: 'careful', side: 'SELL', quantity: '100' }, deniedBy: [], because: REDUCES },
  // The rate of orders, and the loss of the day. Fees and spread of a few thousand reach the daily loss limit of `careful`.
  { order: { strategy: 'bold', side: 'BUY', quantity: '1' }, count: 20, deniedBy: ['MESSAGE_RATE_LIMIT'] },
  {
    order: { strategy: 'bold', side: 'SELL', quantity: '1000' },
    deniedBy: [],
    because: `${REDUCES}; the rate limit lets reductions pass`,
  },
  { order: { strategy: 'careful', side: 'BUY', quantity: '10' }, deniedBy: ['DAILY_LOSS_LIMIT'] },
  { order: { strategy: 'careful', side: 'SELL', quantity: '100' }, deniedBy: [], because: REDUCES },
];

export const UNDER_REDUCE_ONLY: readonly Scenario[] = [
  { order: { strategy: 'bold', side: 'BUY', quantity: '100' }, deniedBy: ['TRADING_REDUCE_ONLY'] },
  { order: { strategy: 'bold', side: 'SELL', quantity: '100' }, deniedBy: [], because: REDUCES },
];

export const UNDER_HOLD: readonly Scenario[] = [
  { order: { strategy: 'bold', side: 'BUY', quantity: '100' }, deniedBy: ['TRADING_HALTED'] },
  { order: { strategy: 'bold', side: 'SELL', quantity: '100', reduceOnly: true }, deniedBy: ['TRADING_HALTED'] },
];

export const WITHOUT_FRESH_PRICE: readonly Scenario[] = [
  { order: { strategy: 'bold', side: 'BUY', quantity: '100' }, deniedBy: ['MARKET_PRICE_STALE'] },
  { order: { strategy: 'bold', side: 'SELL', quantity: '100' }, deniedBy: [], because: REDUCES },
];

const NO_STRATEGY =
  'exec has no Strategy of that name; a strategy that does not exist has no account at the bus, so the bus refuses its orders';

/** Codes that no order can cause, each with its cause. */
export const NOT_OF_AN_ORDER: Readonly<Partial<Record<DenialCode, string>>> = {
  STRATEGY_UNKNOWN: NO_STRATEGY,
  POLICY_MISSING: NO_STRATEGY,
  STRATEGY_FLATTENING:
    'exec closes the positions of a strategy before its next revision starts (handover: Flatten), which takes milliseconds here',
  POLICY_UNSETTLED: 'the execs of several portfolios run different limits of one policy, until the slowest exec runs the newest limits',
  RECONCILE_MISMATCH:
    'the ledger of exec and the venue disagree: because of a bug, or because of trades at the venue that exec did not make',
  CONTROL_UNKNOWN: 'exec could not read the halt record for two seconds, because the bus is away; orders come over the same bus',
};
