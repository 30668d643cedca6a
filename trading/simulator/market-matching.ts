/** Market data against the orders that rest at the simulated venue. */
import { ageMs } from '../market/steady-time.ts';
import type { Sides } from '../market/quote.ts';
import { isUsableQuote } from '../market/usable-data.ts';
import { pathOf } from './bar-path.ts';
import type { Fills } from './fills.ts';
import type { HeldOrders } from './held-orders.ts';
import { type Bar, isUsableBar, isUsableTrade, type MarketTrade } from './market-data.ts';
import { matchPoint, matchTrade } from './match-print.ts';
import { matchQuote, moveQueues } from './match-quote.ts';
import { Newest } from './newest.ts';
import { PrintPool } from './print-pool.ts';
import type { ShownDepth } from './shown-depth.ts';
import type { SimulatorTerms } from './simulator-terms.ts';
import type { Taking } from './taking.ts';

/** Whether orders may trade now, and the time. */
export interface MarketMoment {
  readonly isOpen: boolean;
  readonly nowMs: number;
}

export class MarketMatching implements Taking {
  readonly terms: SimulatorTerms;
  readonly depth: ShownDepth;
  readonly fills: Fills;
  /** Data that came after newer data, or twice; it changes nothing. */
  lateCount = 0;
  /** Data with numbers that are not prices or quantities; it changes nothing. */
  unusableCount = 0;
  readonly #held: HeldOrders;
  readonly #newestPrint = new Newest();

  constructor(terms: SimulatorTerms, depth: ShownDepth, fills: Fills, held: HeldOrders) {
    this.terms = terms;
    this.depth = depth;
    this.fills = fills;
    this.#held = held;
  }

  quote(sides: Sides, sourceMs: number, sequence: number, { isOpen, nowMs }: MarketMoment): void {
    if (!isUsableQuote(sides)) return this.#countUnusable();
    if (!this.depth.showQuote(sides, sourceMs, sequence)) return this.#countLate();
    if (!isOpen) return this.depth.clear();
    if (!this.#isUsable(nowMs)) return;
    for (const side of this.#held.sides) {
      matchQuote(side, this);
      side.meet();
      moveQueues(side, this, this.terms.models.queue);
    }
  }

  trade(trade: MarketTrade, { isOpen, nowMs }: MarketMoment): void {
    if (!isUsableTrade(trade)) return this.#countUnusable();
    if (!this.#newestPrint.take(trade.sourceMs, trade.sequence)) return this.#countLate();
    if (!isOpen || this.#isOld(trade.sourceMs, nowMs)) return;
    const servesTakers = !this.#hasQuote(nowMs);
    const pool = new PrintPool(trade, this.terms, this.fills);
    for (const side of this.#held.sides) matchTrade(side, pool, trade, servesTakers);
    if (servesTakers) this.#showPrint(trade.ticks, pool.leftLots, trade.sourceMs);
  }

  bar(bar: Bar, { isOpen, nowMs }: MarketMoment): void {
    if (!isUsableBar(bar)) return this.#countUnusable();
    if (!this.#newestPrint.take(bar.closeMs, 0)) return this.#countLate();
    if (!isOpen || this.#isOld(bar.closeMs, nowMs)) return;
    const servesTakers = !this.#hasQuote(nowMs);
    let [highestTicks, lowestTicks] = [bar.openTicks, bar.openTicks];
    for (const point of pathOf(bar, this.terms.barPath)) {
      highestTicks = Math.max(highestTicks, point.ticks);
      lowestTicks = Math.min(lowestTicks, point.ticks);
      const pool = new PrintPool(point, this.terms, this.fills);
      for (const side of this.#held.sides) matchPoint(side, pool, { bar, point, highestTicks, lowestTicks, servesTakers });
      if (servesTakers) this.#showPrint(point.ticks, pool.leftLots, bar.closeMs);
    }
  }

  /** What our orders left of the print is there for the next order. */
  #showPrint(ticks: number, leftLots: number, sourceMs: number): void {
    this.depth.showPrint(ticks, leftLots, sourceMs);
    for (const side of this.#held.sides) side.meet();
  }

  #isUsable(nowMs: number): boolean {
    return this.depth.isUsable(nowMs, this.terms.dataAgeMsMax);
  }

  /** A displayed price is better news than a trade of the past. */
  #hasQuote(nowMs: number): boolean {
    return this.depth.source === 'QUOTE' && this.#isUsable(nowMs);
  }

  #isOld(sourceMs: number, nowMs: number): boolean {
    return ageMs(sourceMs, nowMs) > this.terms.dataAgeMsMax;
  }

  #countUnusable(): void {
    this.unusableCount += 1;
  }

  #countLate(): void {
    this.lateCount += 1;
  }
}
