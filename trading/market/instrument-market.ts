/**
 * The market of one instrument at one venue: its book, the price at which positions are valued, and how old that price is.
 *
 * A price counts when its source is newer than the last one, not further ahead than a clock may be, on a book that gives a price, and within the band or
 * confirmed by a second price. What does not count changes nothing, so the price that counts grows old, and checks see its age.
 */
import { BUY, type SideSign } from '../orders/order.ts';
import { collarTicksOf } from './collar.ts';
import { type BandTerms, PriceBand } from './price-band.ts';
import { Quote, type Sides } from './quote.ts';
import { ageMs } from './steady-time.ts';
import { isUsableQuote } from './usable-data.ts';

/** Changed in place. Prices are whole ticks. */
export class InstrumentMarket {
  readonly #terms: BandTerms;
  readonly #band = new PriceBand();
  readonly #quote = new Quote();
  /** The price at which positions are valued: the middle of the book, rounded down, or the price of the last trade. NaN: none yet. */
  markTicks = Number.NaN;
  /** The prices at which an order can sell and buy; NaN: none yet. */
  bidTicks = Number.NaN;
  askTicks = Number.NaN;
  /** Time of the price by its source, milliseconds since the epoch. */
  sourceMs = Number.NEGATIVE_INFINITY;

  constructor(terms: BandTerms) {
    this.#terms = terms;
  }

  /** Data that came after newer data, twice, or from too far ahead. */
  lateCount = 0;
  /** Data with numbers that are not prices or quantities. */
  unusableCount = 0;

  /** Prices that wait for a second one, or have waited in vain. */
  get heldCount(): number {
    return this.#band.heldCount;
  }

  /** Whether the quote has changed the price or its age. */
  quote(sides: Sides, sourceMs: number, sequence: number, nowMs: number): boolean {
    if (!this.#takes(sides, sourceMs, sequence, nowMs)) return false;
    const middle = this.#quote.middleHalfTicks();
    // A crossed, one-sided or empty book gives no price.
    if (!(middle > 1) || !this.#band.take(middle, this.#terms)) return false;
    this.#set(Math.floor(middle / 2), sides.bidTicks, sides.askTicks, sourceMs);
    return true;
  }

  /** Takes the price of a trade or of the close of a bar, at which both sides are taken to stand. Whether it has changed the price or its age. */
  print(ticks: number, sourceMs: number, sequence: number, nowMs: number): boolean {
    printed.bidTicks = ticks;
    printed.askTicks = ticks;
    return this.quote(printed, sourceMs, sequence, nowMs);
  }

  /** After a split: the last price is of the lots of before. */
  forgetPrice(): void {
    this.#set(Number.NaN, Number.NaN, Number.NaN, Number.NEGATIVE_INFINITY);
    this.#band.fromNumbers(() => Number.NaN);
  }

  /** Age of the price, milliseconds; infinite without a price. */
  ageMs(nowMs: number): number {
    return ageMs(this.sourceMs, nowMs);
  }

  /** The price that an order of this side meets; NaN: none. */
  facingTicks(side: SideSign): number {
    return side === BUY ? this.askTicks : this.bidTicks;
  }

  /** The worst price that a market order of this side may take; NaN: none, so the order is not sent. */
  collarTicks(side: SideSign, collarBps: number): number {
    const facing = this.facingTicks(side);
    const distance = collarTicksOf(facing, collarBps);
    return Math.max(1, facing + side * distance);
  }

  /** Numbers of the state, in a fixed order, for a snapshot; {@link fromNumbers} takes them back. */
  numbers(): readonly number[] {
    const { bidTicks, askTicks, bidLots, askLots, sourceMs, sequence } = this.#quote;
    const [price, waiting] = this.#band.numbers();
    return [
      this.markTicks,
      this.bidTicks,
      this.askTicks,
      this.sourceMs,
      bidTicks,
      askTicks,
      bidLots,
      askLots,
      sourceMs,
      sequence,
      price,
      waiting,
    ];
  }

  fromNumbers(next: () => number): void {
    this.markTicks = next();
    this.bidTicks = next();
    this.askTicks = next();
    this.sourceMs = next();
    this.#quote.fromNumbers(next);
    this.#band.fromNumbers(next);
  }

  /** Data from too far ahead must not be taken: everything after it would be late. */
  #takes(sides: Sides, sourceMs: number, sequence: number, nowMs: number): boolean {
    if (!isUsableQuote(sides)) {
      this.unusableCount += 1;
      return false;
    }
    const isTaken = ageMs(sourceMs, nowMs) !== Number.POSITIVE_INFINITY && this.#quote.take(sides, sourceMs, sequence);
    if (!isTaken) this.lateCount += 1;
    return isTaken;
  }

  #set(markTicks: number, bidTicks: number, askTicks: number, sourceMs: number): void {
    this.markTicks = markTicks;
    this.bidTicks = bidTicks;
    this.askTicks = askTicks;
    this.sourceMs = sourceMs;
  }
}

const printed = { bidTicks: 0, askTicks: 0, bidLots: 0, askLots: 0 };
