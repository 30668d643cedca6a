/** Decides on an order: fills the context of the checks, runs them, and sends or denies the order. */
import { assert } from '@flotilla/contracts/errors/assert.ts';
import { CHECKS, failedChecks } from '../checks/chain.ts';
import { dailyLoss } from '../checks/daily-loss.ts';
import { HAPPENING } from '../orders/order-status.ts';
import { addWorth, type Reach } from '../risk/reach.ts';
import { ExactSum } from '../numbers/exact-sum.ts';
import type { PlaceOrder } from './core-input.ts';
import type { CoreState } from './core-state.ts';
import { LiveOrder, openTicksOf } from './live-order.ts';

const DAILY_LOSS_BIT = 1 << CHECKS.indexOf(dailyLoss);
const worth = new ExactSum();

/** A request whose id is known changes nothing. */
export function placeOrder(state: CoreState, request: PlaceOrder): void {
  const { orders, strategies, reaches, markets } = state;
  const { orderId, strategy, instrument, side, quantityLots } = request;
  if (orders.knows(orderId)) return;
  const known = strategies.of(strategy);
  const failed = judge(state, request, undefined);
  known.messages?.note(state.nowMs);
  if (failed !== 0) {
    // A loss that is unknown for a moment must not hold the strategy back for the day.
    if ((failed & DAILY_LOSS_BIT) !== 0 && state.context.dayLoss.state === 'KNOWN') known.lossDay = state.day;
    orders.note(orderId);
    state.events.push({ kind: 'DENIED', orderId, failed });
    return;
  }
  const live = new LiveOrder(request, state.context.worstTicks);
  assert(live.order.take(HAPPENING.SUBMIT, state.cause) === 'changed', 'a new order can be submitted');
  orders.add(live);
  live.openLots = quantityLots;
  reaches.open(strategy, instrument, side, quantityLots, openTicksOf(live));
  state.ages.include(instrument, markets[instrument]?.sourceMs ?? Number.NEGATIVE_INFINITY);
  state.events.push({ kind: 'SUBMIT', orderId, strategy, instrument, request: requestOf(state, request) });
}

/**
 * The bits of the checks that an order fails. The context keeps the numbers until the next order.
 *
 * @param replaced the order that this one replaces: it does not count
 */
export function judge(state: CoreState, request: PlaceOrder, replaced: LiveOrder | undefined): number {
  const { reaches, context } = state;
  const { strategy, instrument, side } = request;
  const reach = reaches.reachOf(strategy, instrument);
  if (replaced !== undefined) reaches.close(strategy, instrument, side, replaced.openLots);
  describeOrder(state, request, reach);
  describeAmounts(state, reach);
  if (replaced !== undefined) reaches.open(strategy, instrument, side, replaced.openLots, openTicksOf(replaced));
  return failedChecks(context);
}

function describeOrder(state: CoreState, request: PlaceOrder, reach: Reach): void {
  const { context, strategies, markets, terms, nowMs, orders } = state;
  const { strategy, instrument, side, quantityLots } = request;
  const { limits, areSettled, messages, lossDay } = strategies.of(strategy);
  const market = markets[instrument];
  assert(market !== undefined, `expected an instrument below ${markets.length}, found ${instrument}`);
  context.nowMs = nowMs;
  context.mode = state.mode;
  context.limits = limits;
  context.areLimitsSettled = areSettled;
  context.strategy = strategy;
  context.instrument = instrument;
  context.side = side;
  context.lots = quantityLots;
  context.limitTicks = request.limitTicks ?? Number.NaN;
  const reached = request.limitTicks ?? market.collarTicks(side, collarBpsOf(state, strategy));
  context.worstTicks = Math.max(reached, market.markTicks);
  context.isReduceOnly = request.isReduceOnly;
  context.isOwn = request.isOwn;
  context.validUntilMs = request.validUntilMs;
  context.positionLots = reach.lots;
  context.closableLots = reach.closableLots(side);
  context.isReducing = quantityLots > 0 && quantityLots <= context.closableLots;
  context.furthestLots = reach.furthestOnSide(side, quantityLots);
  context.markTicks = market.markTicks;
  context.priceAgeMs = market.ageMs(nowMs);
  context.priceAgeMsMax = terms.priceAgeMsMax;
  context.areMessagesUsedUp = messages?.isFull(nowMs) ?? false;
  context.openOrders = orders.openCount;
  context.openOrdersMax = terms.openOrdersMax;
  context.isDayLossReached = lossDay >= 0 && lossDay === state.day;
}

/** Fills the amounts of an order that increases risk and can be counted. */
function describeAmounts(state: CoreState, reach: Reach): void {
  const { context, account, reaches, terms, nowMs } = state;
  const { strategy, instrument, side, lots, worstTicks } = context;
  context.areAmountsKnown = !context.isReducing && context.limits !== undefined && worstTicks > 0 && Number.isSafeInteger(lots) && lots > 0;
  context.oldestPriceAgeMs = context.isReducing ? 0 : state.ages.ageMs(reaches, state.markets, nowMs, terms.priceAgeMsMax);
  context.oldestInstrument = state.ages.oldest;
  if (!context.areAmountsKnown) return;
  state.settle();
  const traded = terms.account.instruments[instrument];
  assert(traded !== undefined, `expected an instrument below ${terms.account.instruments.length}, found ${instrument}`);
  const valueOf = (value: typeof context.orderNotional, quantity: number): void => {
    worth.clear();
    addWorth(worth, traded, worstTicks, quantity);
    value.clear();
    account.rates.addTo(value, traded.currency, worth, nowMs, 'UP');
  };
  valueOf(context.orderNotional, lots);
  valueOf(context.positionNotional, context.furthestLots);
  const orderTicks = reaches.tryOrder(reach, side, lots, worstTicks);
  context.strategyGross.clear();
  reaches.addGross(context.strategyGross, strategy, account.rates, nowMs);
  context.gross.clear();
  reaches.addGross(context.gross, undefined, account.rates, nowMs);
  reaches.undoOrder(reach, side, lots, orderTicks);
  account.measure('equity', undefined, nowMs, context.equity);
  account.dayLoss(undefined, nowMs, context.dayLoss);
}

function collarBpsOf({ strategies, terms }: CoreState, strategy: number): number {
  return Math.min(strategies.of(strategy).limits?.collarBps ?? terms.marketCollarBps, terms.marketCollarBps);
}

/** A market order carries its collar. Without a price the venue takes the collar around the first price that the order meets. */
function requestOf(state: CoreState, request: PlaceOrder) {
  const { orderId, strategy, instrument, side, quantityLots, limitTicks } = request;
  const collar = limitTicks === undefined ? state.markets[instrument]?.collarTicks(side, collarBpsOf(state, strategy)) : undefined;
  return {
    orderId,
    side,
    quantityLots,
    limitTicks,
    collarTicks: collar !== undefined && collar > 0 ? collar : undefined,
    timeInForce: request.timeInForce,
    expiryMs: request.expiryMs,
    validUntilMs: request.validUntilMs,
    isPostOnly: request.isPostOnly,
    isReduceOnly: request.isReduceOnly,
  };
}
