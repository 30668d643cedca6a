/** One trade of others, or one point of a bar: our orders stand for the ones who traded, so they share its quantity. */
import type { Fills } from './fills.ts';
import type { HeldOrder } from './held-order.ts';
import type { Liquidity } from './models/fee.ts';
import type { SimulatorTerms } from './simulator-terms.ts';
import { worseTicksOf } from './taking.ts';
import { bounded, isWithin } from './worst-price.ts';

export class PrintPool {
  readonly ticks: number;
  leftLots: number;
  readonly #lots: number;
  readonly #terms: SimulatorTerms;
  readonly #fills: Fills;

  constructor(print: { readonly ticks: number; readonly lots: number }, terms: SimulatorTerms, fills: Fills) {
    this.ticks = print.ticks;
    this.leftLots = print.lots;
    this.#lots = print.lots;
    this.#terms = terms;
    this.#fills = fills;
  }

  /** A resting limit order trades at `priceTicks`. */
  make(held: HeldOrder, priceTicks: number): void {
    this.#trade(held, priceTicks, 'MAKER', held.openLots(this.#fills.positionLots));
  }

  /** A waiting market order trades at the price of the print, when its collar allows it. */
  take(held: HeldOrder): void {
    const { side } = held.request;
    held.meet(this.ticks, this.#terms.collarBps);
    const lots = Math.min(held.openLots(this.#fills.positionLots), this.leftLots);
    if (lots === 0 || !isWithin(side, this.ticks, held.boundTicks)) return;
    const worseTicks = worseTicksOf(this.#terms, this.#lots - this.leftLots + lots, this.#lots);
    this.#trade(held, bounded(side, this.ticks + side * worseTicks, held.boundTicks), 'TAKER', lots);
  }

  /** Others at the same price, who stand before our orders, trade up to `lots`. Gives how many they traded. */
  passOthers(lots: number): number {
    const passed = Math.min(lots, this.leftLots);
    this.leftLots -= passed;
    return passed;
  }

  #trade(held: HeldOrder, priceTicks: number, liquidity: Liquidity, openLots: number): void {
    const lots = Math.min(openLots, this.leftLots);
    if (lots === 0) return;
    if (this.#terms.depthUse === 'CONSUMED') this.leftLots -= lots;
    this.#fills.book(held, priceTicks, lots, liquidity);
  }
}
