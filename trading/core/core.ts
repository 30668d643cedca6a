/**
 * The trading core of one account at one venue: market data, orders, reports of the venue and limits in; instructions to the venue and what was booked out.
 *
 * Pure: no clock, no bus and no randomness. The same inputs give the same events, in exec, in a backtest and in the paper venue. The core changes in place,
 * because a copy for every quote costs more than everything else; `step.ts` is the same as one function.
 */
import { assert } from '@flotilla/contracts/errors/assert.ts';
import type { StrategyLimits } from '../checks/limits.ts';
import type { Print } from '../checks/check.ts';
import { explainChecks, type FailedCheck } from '../checks/chain.ts';
import type { TradingMode } from '../checks/check-context.ts';
import { type Account, OWN_STRATEGY } from '../ledger/account.ts';
import type { Money } from '../ledger/account-terms.ts';
import type { Split } from '../ledger/position.ts';
import type { Rate } from '../ledger/rates.ts';
import type { Sides } from '../market/quote.ts';
import type { ReportBody } from '../simulator/report.ts';
import { bookReport } from './book-report.ts';
import { cancelOrder, replaceOrder } from './command.ts';
import type { CoreEvent } from './core-event.ts';
import type { PlaceOrder } from './core-input.ts';
import { CoreState } from './core-state.ts';
import type { CoreTerms } from './core-terms.ts';
import { judge, placeOrder } from './decide.ts';

const NOTHING: readonly CoreEvent[] = [];

/** Each method is one input at its time, and gives the events that it caused. Times never go back. */
export class Core {
  readonly #state: CoreState;

  constructor(terms: CoreTerms) {
    const { account, bandBps } = terms;
    assert(bandBps.length === account.instruments.length, `expected ${account.instruments.length} bands, found ${bandBps.length}`);
    this.#state = new CoreState(terms);
  }

  /** @param sourceMs time of the quote by its source; `sequence` is the source's own count for that time */
  quote(instrument: number, sides: Sides, sourceMs: number, sequence: number, nowMs: number): readonly CoreEvent[] {
    this.#begin(nowMs);
    if (this.#market(instrument).quote(sides, sourceMs, sequence, nowMs)) this.#state.noteMove(instrument);
    return NOTHING;
  }

  /** Takes the price of a trade, or of the close of a bar. */
  print(instrument: number, ticks: number, sourceMs: number, sequence: number, nowMs: number): readonly CoreEvent[] {
    this.#begin(nowMs);
    if (this.#market(instrument).print(ticks, sourceMs, sequence, nowMs)) this.#state.noteMove(instrument);
    return NOTHING;
  }

  rate(currency: number, rate: Rate, sourceMs: number, nowMs: number): readonly CoreEvent[] {
    this.#begin(nowMs);
    this.#state.account.rate(currency, rate, { sourceMs, nowMs });
    return NOTHING;
  }

  place(order: PlaceOrder, nowMs: number): readonly CoreEvent[] {
    this.#begin(nowMs);
    placeOrder(this.#state, order);
    return this.#take();
  }

  cancel(orderId: number, nowMs: number): readonly CoreEvent[] {
    this.#begin(nowMs);
    cancelOrder(this.#state, orderId);
    return this.#take();
  }

  /** Asks for another quantity (with what has traded) and another limit of a limit order. */
  replace(orderId: number, quantityLots: number, limitTicks: number, nowMs: number): readonly CoreEvent[] {
    this.#begin(nowMs);
    replaceOrder(this.#state, orderId, quantityLots, limitTicks);
    return this.#take();
  }

  report(report: ReportBody, nowMs: number): readonly CoreEvent[] {
    this.#begin(nowMs);
    bookReport(this.#state, report);
    return this.#take();
  }

  /** @param areSettled whether every exec runs these limits */
  configure(strategy: number, limits: StrategyLimits | undefined, areSettled: boolean, nowMs: number): readonly CoreEvent[] {
    this.#begin(nowMs);
    this.#state.strategies.configure(strategy, limits, areSettled);
    return NOTHING;
  }

  setMode(mode: TradingMode, nowMs: number): readonly CoreEvent[] {
    this.#begin(nowMs);
    this.#state.mode = mode;
    return NOTHING;
  }

  /** Opens a day, or tries again to find the profit with which it began. An older day changes nothing. */
  openDay(day: number, nowMs: number): readonly CoreEvent[] {
    this.#begin(nowMs);
    this.#state.settle();
    this.#state.account.openDay(day, nowMs);
    this.#state.day = Math.max(this.#state.day, day);
    return NOTHING;
  }

  addCapital(money: Money, nowMs: number): readonly CoreEvent[] {
    this.#begin(nowMs);
    this.#state.account.cash(OWN_STRATEGY, 'CAPITAL', money);
    return NOTHING;
  }

  /** @throws FlotillaError as `Account.split` */
  split(instrument: number, split: Split, nowMs: number): readonly CoreEvent[] {
    this.#begin(nowMs);
    const { account, reaches } = this.#state;
    this.#state.settle();
    account.split(instrument, split);
    reaches.price(instrument, Number.NaN);
    for (const { strategy, lots } of reaches.sorted().filter((reach) => reach.instrument === instrument)) {
      const more = account.lots(strategy, instrument) - lots;
      if (more !== 0) reaches.trade(strategy, instrument, more);
    }
    this.#market(instrument).forgetPrice();
    if (reaches.isReached(instrument)) this.#state.ages.include(instrument, Number.NEGATIVE_INFINITY);
    return NOTHING;
  }

  /** The account with positions valued by the newest prices. It must not be changed. */
  account(): Account {
    this.#state.settle();
    return this.#state.account;
  }

  /** The checks that an order would fail now, with their numbers. Changes nothing. */
  explain(order: PlaceOrder, nowMs: number, print: Print): readonly FailedCheck[] {
    const state = this.#state;
    const lastMs = state.nowMs;
    // A question is not an input: it must not count as one, and its time does not bind the next input.
    state.nowMs = nowMs;
    const failed = judge(state, order, undefined);
    state.nowMs = lastMs;
    return explainChecks(failed, state.context, print);
  }

  /** Orders that may still trade. */
  openOrderCount(): number {
    return this.#state.orders.openCount;
  }

  /** The parts of the core, for its tests and its snapshot. */
  parts(): CoreState {
    this.#state.settle();
    return this.#state;
  }

  #begin(nowMs: number): void {
    const state = this.#state;
    if (nowMs < state.nowMs) failOnEarlierTime(nowMs, state.nowMs);
    state.nowMs = nowMs;
    state.cause += 1;
  }

  #take(): readonly CoreEvent[] {
    const { events } = this.#state;
    if (events.length === 0) return NOTHING;
    this.#state.events = [];
    return events;
  }

  #market(instrument: number) {
    const market = this.#state.markets[instrument];
    assert(market !== undefined, `expected an instrument below ${this.#state.markets.length}, found ${instrument}`);
    return market;
  }
}

/** Apart, because a text for each input would cost more than the input. */
function failOnEarlierTime(nowMs: number, lastMs: number): void {
  assert(false, `expected a time from ${lastMs}, found ${nowMs}: inputs come in the order of their times`);
}
