/**
 * Holds back single prices far from the last one until a second one confirms them. One bad tick must not fill an order, trigger a stop or reach a loss
 * limit; a market that has moved says so twice.
 */

export interface BandTerms {
  /** Largest move between two prices that needs no confirmation, in hundredths of a percent of the last price. Above zero. */
  readonly bandBps: number;
}

const BPS = 10_000;

/** Changed in place. Prices are whole and above zero, in one unit of the caller's choice. */
export class PriceBand {
  /** The last price that counts; NaN before the first. */
  price = Number.NaN;
  /** A price outside of the band that waits for a second one; NaN: none waits. */
  #waiting = Number.NaN;
  heldCount = 0;

  /**
   * Whether the price counts. A price outside of the band counts when the price before it was outside too and the two lie within one band. The first price
   * needs a second one as well, because nothing tells whether it is a bad one.
   */
  take(price: number, { bandBps }: BandTerms): boolean {
    if (isWithin(price, this.price, bandBps) || isWithin(price, this.#waiting, bandBps)) {
      this.price = price;
      this.#waiting = Number.NaN;
      return true;
    }
    this.#waiting = price;
    this.heldCount += 1;
    return false;
  }

  /** The state, for a snapshot. */
  numbers(): readonly [price: number, waiting: number] {
    return [this.price, this.#waiting];
  }

  fromNumbers(next: () => number): void {
    this.price = next();
    this.#waiting = next();
  }
}

/** False when there is no price to compare with. */
function isWithin(price: number, base: number, bandBps: number): boolean {
  return Math.abs(price - base) * BPS <= base * bandBps;
}
