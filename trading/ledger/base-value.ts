/** An amount in the base currency of the account, or the reason why it is unknown. An unknown amount cannot be read, so that it never counts as zero. */
import { assert } from '@flotilla/contracts/errors/assert.ts';
import { ExactSum } from '../numbers/exact-sum.ts';

/** Numbers in {@link STATE_NAMES}' order, for snapshots. */
export const STATE_NAMES = ['KNOWN', 'UNPRICED', 'RATE_UNKNOWN', 'RATE_STALE', 'DAY_NOT_OPEN'] as const;

/**
 * UNPRICED: an open position has no price. RATE_UNKNOWN and RATE_STALE: an amount of another currency has no rate, or an old one. DAY_NOT_OPEN: no day has
 * been opened.
 */
export type ValueState = (typeof STATE_NAMES)[number];

/** Changed in place. */
export class BaseValue {
  state: ValueState = 'KNOWN';
  readonly #sum = new ExactSum();

  /** @throws AssertionError when the amount is unknown: look at `state` first */
  amount(): ExactSum {
    assert(this.state === 'KNOWN', `expected a known amount, found ${this.state}`);
    return this.#sum;
  }

  clear(): void {
    this.state = 'KNOWN';
    this.#sum.clear();
  }

  /** The first reason stays. */
  setUnknown(state: Exclude<ValueState, 'KNOWN'>): void {
    if (this.state === 'KNOWN') this.state = state;
  }

  set(other: BaseValue): void {
    this.clear();
    if (other.state === 'KNOWN') this.#sum.set(other.#sum);
    else this.setUnknown(other.state);
  }

  subtract(other: BaseValue): void {
    if (other.state === 'KNOWN') this.#sum.subtractSum(other.#sum);
    else this.setUnknown(other.state);
  }

  add(amount: ExactSum): void {
    this.#sum.addSum(amount);
  }
}
