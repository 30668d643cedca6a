/**
 * What is known of the market of one instrument at one venue. Two venues never share one: a price of one venue says nothing about what another takes.
 *
 * Data may come late, twice and out of order. The time of the source decides what is newer, and for equal times the sequence of the source, so a late
 * quote never replaces a newer one.
 */

/** How the two sides of a book stand to each other. Only NORMAL and LOCKED books give a price to trade at. */
export type BookCondition = 'NORMAL' | 'LOCKED' | 'CROSSED' | 'ONE_SIDED' | 'EMPTY';

/** Prices in ticks, quantities in lots, both whole; NaN where a side is missing. */
export interface Sides {
  readonly bidTicks: number;
  readonly askTicks: number;
  readonly bidLots: number;
  readonly askLots: number;
}

/** Changed in place. */
export class Quote {
  bidTicks = Number.NaN;
  askTicks = Number.NaN;
  bidLots = 0;
  askLots = 0;
  /** Time of the newest data, by its source; milliseconds since the epoch. */
  sourceMs = Number.NEGATIVE_INFINITY;
  /** The source's own count for that time. */
  sequence = -1;
  /** Data that came after newer data, or twice. */
  lateCount = 0;

  /** False for data that is not newer than what is known; it changes nothing but the count. */
  take(sides: Sides, sourceMs: number, sequence: number): boolean {
    if (sourceMs < this.sourceMs || (sourceMs === this.sourceMs && sequence <= this.sequence)) {
      this.lateCount += 1;
      return false;
    }
    this.bidTicks = sides.bidTicks;
    this.askTicks = sides.askTicks;
    this.bidLots = sides.bidLots;
    this.askLots = sides.askLots;
    this.sourceMs = sourceMs;
    this.sequence = sequence;
    return true;
  }

  /** NORMAL: bid below ask; LOCKED: equal; CROSSED: bid above ask. */
  condition(): BookCondition {
    const [hasBid, hasAsk] = [this.bidTicks > 0, this.askTicks > 0];
    if (!hasBid && !hasAsk) return 'EMPTY';
    if (!hasBid || !hasAsk) return 'ONE_SIDED';
    if (this.bidTicks < this.askTicks) return 'NORMAL';
    return this.bidTicks === this.askTicks ? 'LOCKED' : 'CROSSED';
  }

  /**
   * The middle of the book in half ticks, so that it is whole; NaN when the book gives no price.
   */
  middleHalfTicks(): number {
    // Comparisons with NaN are false, so a missing side gives no price.
    return this.bidTicks > 0 && this.bidTicks <= this.askTicks ? this.bidTicks + this.askTicks : Number.NaN;
  }

  /** Takes back what a snapshot held, in the order of the fields above. */
  fromNumbers(next: () => number): void {
    this.bidTicks = next();
    this.askTicks = next();
    this.bidLots = next();
    this.askLots = next();
    this.sourceMs = next();
    this.sequence = next();
  }
}
