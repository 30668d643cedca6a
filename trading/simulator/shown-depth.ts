/** The displayed quantities against which an arriving order trades, and what our orders have taken of them since the last market data. */
import { Quote, type Sides } from '../market/quote.ts';
import { ageMs } from '../market/steady-time.ts';
import { BUY, type SideSign } from '../orders/order.ts';

/** CONSUMED: a trade takes its quantity from the displayed one. RENEWED: every order meets the whole displayed quantity. */
export type DepthUse = 'CONSUMED' | 'RENEWED';

/** Changed in place. */
export class ShownDepth {
  /** QUOTE: two displayed prices. PRINT: the last trade or the close of a bar, whose quantity both sides share. NONE: nothing to trade with. */
  source: 'NONE' | 'QUOTE' | 'PRINT' = 'NONE';
  readonly quote = new Quote();
  #printTicks = Number.NaN;
  #printLots = 0;
  #sourceMs = Number.NEGATIVE_INFINITY;
  #bidTakenLots = 0;
  #askTakenLots = 0;
  readonly #use: DepthUse;

  constructor(use: DepthUse) {
    this.#use = use;
  }

  /** False for a late quote, which changes nothing. */
  showQuote(sides: Sides, sourceMs: number, sequence: number): boolean {
    if (!this.quote.take(sides, sourceMs, sequence)) return false;
    this.#show('QUOTE', sourceMs);
    return true;
  }

  showPrint(ticks: number, lots: number, sourceMs: number): void {
    this.#printTicks = ticks;
    this.#printLots = lots;
    this.#show('PRINT', sourceMs);
  }

  /** Nothing that was shown so far gives a price any more. */
  clear(): void {
    this.source = 'NONE';
  }

  /** Whether there is a price to trade at: data that is not too old, and a book that is neither crossed nor lacks a side. */
  isUsable(nowMs: number, ageMsMax: number): boolean {
    if (this.source === 'NONE' || ageMs(this.#sourceMs, nowMs) > ageMsMax) return false;
    return this.source === 'PRINT' || this.quote.bidTicks <= this.quote.askTicks;
  }

  /** The price against which an order of the side trades. */
  touchTicks(side: SideSign): number {
    if (this.source === 'PRINT') return this.#printTicks;
    return side === BUY ? this.quote.askTicks : this.quote.bidTicks;
  }

  shownLots(side: SideSign): number {
    if (this.source === 'PRINT') return this.#printLots;
    return side === BUY ? this.quote.askLots : this.quote.bidLots;
  }

  takenLots(side: SideSign): number {
    if (this.source === 'PRINT') return this.#bidTakenLots + this.#askTakenLots;
    return side === BUY ? this.#askTakenLots : this.#bidTakenLots;
  }

  leftLots(side: SideSign): number {
    return Math.max(0, this.shownLots(side) - this.takenLots(side));
  }

  take(side: SideSign, lots: number): void {
    if (this.#use === 'RENEWED') return;
    if (side === BUY) this.#askTakenLots += lots;
    else this.#bidTakenLots += lots;
  }

  /** What others show at a price of the own side of an order: infinite when the level is not known. */
  ownSideLots(side: SideSign, limitTicks: number): number {
    if (this.source !== 'QUOTE') return Number.POSITIVE_INFINITY;
    const bestTicks = side === BUY ? this.quote.bidTicks : this.quote.askTicks;
    if (limitTicks === bestTicks) return side === BUY ? this.quote.bidLots : this.quote.askLots;
    return (limitTicks - bestTicks) * side > 0 ? 0 : Number.POSITIVE_INFINITY;
  }

  #show(source: 'QUOTE' | 'PRINT', sourceMs: number): void {
    this.source = source;
    this.#sourceMs = sourceMs;
    this.#bidTakenLots = 0;
    this.#askTakenLots = 0;
  }
}
