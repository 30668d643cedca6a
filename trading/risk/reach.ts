/** How far the position of one strategy in one instrument can go with its open orders, and what that is worth at most. */
import { ExactSum } from '../numbers/exact-sum.ts';
import { addValue } from '../ledger/contract-value.ts';
import type { InstrumentTerms } from '../ledger/instrument-terms.ts';
import { BUY, type SideSign } from '../orders/order.ts';

const value = new ExactSum();

/** Changed in place. Quantities are whole lots, and prices are whole ticks. */
export class Reach {
  readonly strategy: number;
  readonly instrument: number;
  /** The position; below zero when short. */
  lots = 0;
  openBuyLots = 0;
  openSellLots = 0;
  /** The highest price at which an order has been able to trade since there was none; zero without open orders. */
  orderTicks = 0;
  /** What the furthest position is worth, in units of the ledger. Stored, so that exactly the same is taken out of the totals later. */
  readonly worth = new ExactSum();
  /** 1 while a position or an open order has no price to be valued at, otherwise 0. */
  unpriced = 0;
  /** Its place in the list of its instrument; below zero: in none. */
  place = -1;

  constructor(strategy: number, instrument: number) {
    this.strategy = strategy;
    this.instrument = instrument;
  }

  isEmpty(): boolean {
    return this.lots === 0 && this.openBuyLots === 0 && this.openSellLots === 0;
  }

  /** The largest |position| that any subset of the open orders can lead to. */
  furthestLots(): number {
    return Math.max(Math.abs(this.lots + this.openBuyLots), Math.abs(this.lots - this.openSellLots));
  }

  /** The position on one side after every open order of the side, and `lots` more, have filled and none of the other side; at least zero. */
  furthestOnSide(side: SideSign, lots: number): number {
    return Math.max(0, side === BUY ? this.lots + this.openBuyLots + lots : this.openSellLots + lots - this.lots);
  }

  /** Lots that an order of this side can trade and still not bring the position across zero, whatever the open orders fill; at least zero. */
  closableLots(side: SideSign): number {
    return Math.max(0, side === BUY ? -this.lots - this.openBuyLots : this.lots - this.openSellLots);
  }

  /** Values the furthest position anew. @param ticks the market price; NaN: none */
  setWorth(terms: InstrumentTerms, ticks: number): void {
    const lots = this.furthestLots();
    this.worth.clear();
    this.unpriced = 0;
    if (lots === 0) return;
    if (ticks > 0) addWorth(this.worth, terms, Math.max(ticks, this.orderTicks), lots);
    else this.unpriced = 1;
  }
}

/** Adds the value of `lots` (not below zero) at a price, in units of the ledger. The value of an inverse contract grows as its price falls, and is rounded up. */
export function addWorth(sum: ExactSum, terms: InstrumentTerms, ticks: number, lots: number): void {
  value.clear();
  addValue(value, terms, ticks, terms.inverseUnits === undefined ? lots : -lots);
  sum.addScaled(value, terms.unitsPerStep);
}
