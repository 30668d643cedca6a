/**
 * Whether the price of everything that is held or ordered is fresh.
 *
 * A price only becomes newer, but for a split, which {@link PriceAges.include} hears of. So the oldest time that was found stays a bound: as long as it is
 * fresh, all prices are. The markets are looked through again only when it is not.
 */
import type { InstrumentMarket } from '../market/instrument-market.ts';
import { ageMs } from '../market/steady-time.ts';
import type { Reaches } from '../risk/reaches.ts';

/** Changed in place. */
export class PriceAges {
  /** Not after the time of any price that counts. */
  #boundMs = Number.POSITIVE_INFINITY;
  /** The instrument with the oldest price at the last look; below zero: none. */
  oldest = -1;

  /** An instrument is held or ordered from now on. */
  include(instrument: number, sourceMs: number): void {
    if (!(sourceMs < this.#boundMs)) return;
    this.#boundMs = sourceMs;
    this.oldest = instrument;
  }

  /** Age of the oldest price, or of a bound that is younger than `ageMsMax`; zero when nothing is held. */
  ageMs(reaches: Reaches, markets: readonly InstrumentMarket[], nowMs: number, ageMsMax: number): number {
    if (this.#boundMs === Number.POSITIVE_INFINITY) return 0;
    const bound = ageMs(this.#boundMs, nowMs);
    if (bound <= ageMsMax) return bound;
    // The oldest price may still be the one of the bound: then nothing is looked through.
    if (reaches.isReached(this.oldest) && markets[this.oldest]?.sourceMs === this.#boundMs) return bound;
    this.#boundMs = Number.POSITIVE_INFINITY;
    this.oldest = -1;
    for (const instrument of reaches.reachedInstruments())
      this.include(instrument, markets[instrument]?.sourceMs ?? Number.NEGATIVE_INFINITY);
    return this.#boundMs === Number.POSITIVE_INFINITY ? 0 : ageMs(this.#boundMs, nowMs);
  }
}
