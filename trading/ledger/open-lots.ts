/** The purchases (or sales) that a position consists of, for the methods that close one of them before another. */
import { assert } from '@flotilla/contracts/errors/assert.ts';
import { ExactSum } from '../numbers/exact-sum.ts';
import { shareOf } from '../numbers/share-of.ts';
import type { PackedReader } from '../packing/packed-reader.ts';
import type { PackedWriter } from '../packing/packed-writer.ts';

/** FIFO closes the oldest first, LIFO the newest. */
export type ClosingOrder = 'FIFO' | 'LIFO';

/** Bound on the entries of one position. Beyond it the two that would be closed last become one, with the sum of their costs. */
export const OPEN_LOTS_MAX = 4_096;

interface Entry {
  lots: number;
  readonly cost: ExactSum;
}

export class OpenLots {
  readonly #order: ClosingOrder;
  /** The oldest first. */
  readonly #entries: Entry[] = [];
  readonly #part = new ExactSum();

  constructor(order: ClosingOrder) {
    this.#order = order;
  }

  /** Entries that are open. */
  count(): number {
    return this.#entries.length;
  }

  /** @param cost with the sign of the position; the entry keeps a copy */
  open(lots: number, cost: ExactSum): void {
    const own = new ExactSum();
    own.set(cost);
    this.#entries.push({ lots, cost: own });
    if (this.#entries.length > OPEN_LOTS_MAX) this.#join();
  }

  /** Closes `lots`, and adds what they cost to `released`. */
  close(lots: number, released: ExactSum): void {
    let left = lots;
    while (left > 0) {
      const entry = this.#order === 'FIFO' ? this.#entries[0] : this.#entries.at(-1);
      assert(entry !== undefined, `expected open lots for ${left} more, found none`);
      const closed = Math.min(left, entry.lots);
      shareOf(entry.cost, closed, entry.lots, this.#part);
      released.addSum(this.#part);
      entry.cost.subtractSum(this.#part);
      entry.lots -= closed;
      left -= closed;
      if (entry.lots > 0) return;
      if (this.#order === 'FIFO') this.#entries.shift();
      else this.#entries.pop();
    }
  }

  /**
   * Makes `lots × numerator / denominator` of every entry. First closes `rest` of the finer lots, so that the others are whole, and adds what they cost to
   * `released`. An entry too small for one new lot joins the next one.
   */
  split(numerator: number, denominator: number, rest: number, released: ExactSum): void {
    for (const entry of this.#entries) entry.lots *= numerator;
    this.close(rest, released);
    const finer = this.#entries.splice(0);
    let [fineLots, wholeLots] = [0, 0];
    this.#part.clear();
    for (const { lots, cost } of finer) {
      fineLots += lots;
      this.#part.addSum(cost);
      const whole = Math.floor(fineLots / denominator) - wholeLots;
      wholeLots += whole;
      if (whole === 0) continue;
      this.open(whole, this.#part);
      this.#part.clear();
    }
    assert(this.#part.isZero() && wholeLots * denominator === fineLots, 'a split must leave whole lots and every cost in an entry');
  }

  pack(writer: PackedWriter): void {
    writer.number(this.#entries.length);
    for (const { lots, cost } of this.#entries) {
      writer.number(lots);
      writer.sum(cost);
    }
  }

  /** Replaces the entries by those that {@link pack} wrote. */
  unpack(reader: PackedReader): void {
    this.clear();
    const count = reader.count(OPEN_LOTS_MAX);
    for (let index = 0; index < count; index += 1) {
      const lots = reader.number();
      reader.sum(this.#part);
      this.open(lots, this.#part);
    }
  }

  clear(): void {
    this.#entries.length = 0;
  }

  #join(): void {
    const at = this.#order === 'FIFO' ? this.#entries.length - 2 : 0;
    const [first, second] = this.#entries.slice(at, at + 2);
    assert(first !== undefined && second !== undefined, 'two entries are there when the bound is passed');
    first.lots += second.lots;
    first.cost.addSum(second.cost);
    this.#entries.splice(at + 1, 1);
  }
}
