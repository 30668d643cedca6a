/**
 * The reaches of all strategies with running totals, so that a limit on everything is checked in the same time for any number of positions.
 *
 * Every change takes out of the totals exactly what it put in before, so no total drifts.
 */
import { assert } from '@flotilla/contracts/errors/assert.ts';
import { FlotillaError } from '@flotilla/contracts/errors/errors.ts';
import type { BaseValue } from '../ledger/base-value.ts';
import { HOLDINGS_MAX, INSTRUMENTS_MAX } from '../ledger/holdings.ts';
import type { InstrumentTerms } from '../ledger/instrument-terms.ts';
import type { Rates } from '../ledger/rates.ts';
import { BUY, type SideSign } from '../orders/order.ts';
import { Reach } from './reach.ts';
import { ReachTotals } from './reach-totals.ts';

interface Reached {
  ticks: number;
  readonly terms: InstrumentTerms;
  /** In no order. */
  readonly reaches: Reach[];
}

/** Changed in place. */
export class Reaches {
  readonly #terms: readonly InstrumentTerms[];
  readonly #byKey = new Map<number, Reach>();
  readonly #instruments: (Reached | undefined)[] = [];
  readonly #whole = new ReachTotals();
  /** By strategy. */
  readonly #owners: (ReachTotals | undefined)[] = [];

  constructor(terms: readonly InstrumentTerms[]) {
    this.#terms = terms;
  }

  find(strategy: number, instrument: number): Reach | undefined {
    return this.#byKey.get(strategy * INSTRUMENTS_MAX + instrument);
  }

  /** Whether any strategy holds the instrument or has an open order in it. */
  isReached(instrument: number): boolean {
    return (this.#instruments[instrument]?.reaches.length ?? 0) > 0;
  }

  /** Instruments with a position or an open order, in no order. */
  reachedInstruments(): readonly number[] {
    return this.#instruments.flatMap((reached, instrument) => (reached !== undefined && reached.reaches.length > 0 ? [instrument] : []));
  }

  /** Books a trade of a position. */
  trade(strategy: number, instrument: number, signedLots: number): void {
    const reach = this.#begin(strategy, instrument);
    reach.lots += signedLots;
    this.#end(reach);
  }

  /** Adds the open quantity of an order. @param worstTicks the highest price at which the order can trade */
  open(strategy: number, instrument: number, side: SideSign, lots: number, worstTicks: number): void {
    const reach = this.#begin(strategy, instrument);
    if (side === BUY) reach.openBuyLots += lots;
    else reach.openSellLots += lots;
    reach.orderTicks = Math.max(reach.orderTicks, worstTicks);
    this.#end(reach);
  }

  /** Takes the open quantity of an order away: what has traded, or what never will. */
  close(strategy: number, instrument: number, side: SideSign, lots: number): void {
    const reach = this.#begin(strategy, instrument);
    if (side === BUY) reach.openBuyLots -= lots;
    else reach.openSellLots -= lots;
    assert(reach.openBuyLots >= 0 && reach.openSellLots >= 0, 'expected no more lots to close than are open');
    if (reach.openBuyLots === 0 && reach.openSellLots === 0) reach.orderTicks = 0;
    this.#end(reach);
  }

  /** Values the reaches of an instrument at a price. NaN: none is known any more. */
  price(instrument: number, ticks: number): void {
    const reached = this.#reached(instrument);
    if (Object.is(reached.ticks, ticks)) return;
    reached.ticks = ticks;
    for (let place = 0; place < reached.reaches.length; place += 1) {
      const reach = reached.reaches[place];
      if (reach === undefined) continue;
      this.#count(reach, -1);
      reach.setWorth(reached.terms, ticks);
      this.#count(reach, 1);
    }
  }

  /** Adds what a strategy, or the whole account, can reach at most to `value`, in the base currency. */
  addGross(value: BaseValue, strategy: number | undefined, rates: Rates, nowMs: number): void {
    const totals = strategy === undefined ? this.#whole : this.#owners[strategy];
    totals?.addTo(value, rates, nowMs);
  }

  /** Counts one more order for the time of a check. @returns what {@link undoOrder} needs to take it back exactly */
  tryOrder(reach: Reach, side: SideSign, lots: number, worstTicks: number): number {
    const { orderTicks } = reach;
    this.open(reach.strategy, reach.instrument, side, lots, worstTicks);
    return orderTicks;
  }

  undoOrder(reach: Reach, side: SideSign, lots: number, orderTicks: number): void {
    this.#count(reach, -1);
    if (side === BUY) reach.openBuyLots -= lots;
    else reach.openSellLots -= lots;
    reach.orderTicks = orderTicks;
    this.#end(reach);
  }

  /** The reach of a strategy in an instrument; an empty one when there is none. @throws FlotillaError `NUMBER_OUT_OF_RANGE` beyond 2^20 that are not empty */
  reachOf(strategy: number, instrument: number): Reach {
    const key = strategy * INSTRUMENTS_MAX + instrument;
    const found = this.#byKey.get(key);
    if (found !== undefined) return found;
    if (this.#byKey.size >= HOLDINGS_MAX) this.#forgetEmpty();
    const reach = new Reach(strategy, instrument);
    this.#byKey.set(key, reach);
    return reach;
  }

  /** Every reach that is not empty, by strategy and instrument. */
  sorted(): readonly Reach[] {
    return [...this.#byKey.values()]
      .filter((reach) => !reach.isEmpty())
      .sort((left, right) => left.strategy - right.strategy || left.instrument - right.instrument);
  }

  #forgetEmpty(): void {
    for (const [key, reach] of this.#byKey) if (reach.isEmpty()) this.#byKey.delete(key);
    if (this.#byKey.size >= HOLDINGS_MAX)
      throw new FlotillaError(
        'NUMBER_OUT_OF_RANGE',
        `expected at most ${HOLDINGS_MAX} positions and open orders by instrument, found one more`,
      );
  }

  #begin(strategy: number, instrument: number): Reach {
    const reach = this.reachOf(strategy, instrument);
    this.#count(reach, -1);
    return reach;
  }

  #end(reach: Reach): void {
    const reached = this.#reached(reach.instrument);
    reach.setWorth(reached.terms, reached.ticks);
    this.#count(reach, 1);
    place(reached.reaches, reach);
  }

  #count(reach: Reach, sign: 1 | -1): void {
    const { currency } = this.#reached(reach.instrument).terms;
    const owner = this.#owners[reach.strategy] ?? new ReachTotals();
    this.#owners[reach.strategy] = owner;
    for (let index = 0; index < 2; index += 1) {
      const totals = index === 0 ? owner : this.#whole;
      totals.unpriced += sign * reach.unpriced;
      if (sign === 1) totals.of(currency).addSum(reach.worth);
      else totals.of(currency).subtractSum(reach.worth);
    }
  }

  #reached(instrument: number): Reached {
    const known = this.#instruments[instrument];
    if (known !== undefined) return known;
    const terms = this.#terms[instrument];
    assert(terms !== undefined, `expected an instrument below ${this.#terms.length}, found ${instrument}`);
    const reached: Reached = { ticks: Number.NaN, terms, reaches: [] };
    this.#instruments[instrument] = reached;
    return reached;
  }
}

/** Puts a reach among those of its instrument, or takes it away when it is empty. */
function place(reaches: Reach[], reach: Reach): void {
  const isEmpty = reach.isEmpty();
  if (isEmpty !== reach.place >= 0) return;
  if (!isEmpty) {
    reach.place = reaches.length;
    reaches.push(reach);
    return;
  }
  const last = reaches.pop();
  assert(last !== undefined, 'a reach that is not empty is among those of its instrument');
  if (last !== reach) {
    last.place = reach.place;
    reaches[reach.place] = last;
  }
  reach.place = -1;
}
