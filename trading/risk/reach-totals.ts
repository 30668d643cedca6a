/** What all reaches of one owner are worth together, for each currency. */
import { ExactSum } from '../numbers/exact-sum.ts';
import type { BaseValue } from '../ledger/base-value.ts';
import type { Rates } from '../ledger/rates.ts';

/** Changed in place. */
export class ReachTotals {
  /** By currency; undefined: nothing was ever held in the currency. */
  readonly #worth: (ExactSum | undefined)[] = [];
  /** Reaches without a price. */
  unpriced = 0;

  of(currency: number): ExactSum {
    const worth = this.#worth[currency] ?? new ExactSum();
    this.#worth[currency] = worth;
    return worth;
  }

  /** Adds the totals in the base currency to `value`, each currency rounded up, or makes `value` unknown with the reason. */
  addTo(value: BaseValue, rates: Rates, nowMs: number): void {
    if (this.unpriced > 0) value.setUnknown('UNPRICED');
    for (let currency = 0; currency < this.#worth.length; currency += 1) {
      const worth = this.#worth[currency];
      if (worth !== undefined) rates.addTo(value, currency, worth, nowMs, 'UP');
    }
  }
}
