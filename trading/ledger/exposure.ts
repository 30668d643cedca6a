/** What one position adds to the running totals. It is stored, so that exactly the same is subtracted later, and no total ever drifts. */
import { ExactSum } from '../numbers/exact-sum.ts';
import { addValue } from './contract-value.ts';
import type { InstrumentTerms } from './instrument-terms.ts';
import type { Position } from './position.ts';

const value = new ExactSum();

/** Changed in place. Amounts are in units of the ledger. */
export class Exposure {
  /** Size of the market value; zero while there is no price. */
  readonly gross = new ExactSum();
  isShort = false;
  readonly unrealized = new ExactSum();
  /** 1 for an open position without a price, otherwise 0. */
  unpriced = 0;

  /** @param ticks the price; NaN: none */
  set(terms: InstrumentTerms, position: Position, ticks: number): void {
    this.setValue(terms, position.lots, ticks);
    this.unrealized.clear();
    this.unpriced = 0;
    if (position.lots === 0) return;
    if (ticks > 0) {
      position.unrealized(terms, ticks, value);
      this.unrealized.addScaled(value, terms.unitsPerStep);
    } else this.unpriced = 1;
  }

  /** Sets the market value alone. The value of an inverse contract is rounded up: an exposure is never too small. */
  setValue(terms: InstrumentTerms, lots: number, ticks: number): void {
    this.isShort = lots < 0;
    this.gross.clear();
    if (lots === 0 || !(ticks > 0)) return;
    value.clear();
    addValue(value, terms, ticks, terms.inverseUnits === undefined ? Math.abs(lots) : -Math.abs(lots));
    this.gross.addScaled(value, terms.unitsPerStep);
  }
}
