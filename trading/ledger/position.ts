/**
 * One position: what is held, what it cost, and what closing parts of it has earned.
 *
 * Every trade is booked twice: its value goes out of (or into) cash, and the same value goes into cost and realized profit. So `cash flow = realized − cost`
 * holds to the last unit after every trade, whatever a division was rounded to.
 */
import { assert } from '@flotilla/contracts/errors/assert.ts';
import { FlotillaError } from '@flotilla/contracts/errors/errors.ts';
import { divideDown } from '../numbers/divide-down.ts';
import { ExactSum } from '../numbers/exact-sum.ts';
import { shareOf } from '../numbers/share-of.ts';
import type { PackedReader } from '../packing/packed-reader.ts';
import type { PackedWriter } from '../packing/packed-writer.ts';
import { addValue, type ContractTerms } from './contract-value.ts';
import { type ClosingOrder, OpenLots } from './open-lots.ts';

/** By which a part of a position is closed. */
export type CostMethod = 'AVERAGE' | ClosingOrder;

/** `numerator` new lots for every `denominator` old ones; both whole and above zero. */
export interface Split {
  readonly numerator: number;
  readonly denominator: number;
  /** What is paid for one new lot where a position has a part of one, in ticks. */
  readonly ticksInLieu: number;
}

/** Reused, so that no trade makes garbage. */
const value = new ExactSum();
const released = new ExactSum();

/** Changed in place. Amounts are in units of the instrument (`contract-value.ts`). */
export class Position {
  /** Above zero when long, below zero when short. */
  lots = 0;
  /** With the sign of a long position's price; zero when the position is flat. */
  readonly cost = new ExactSum();
  /** Before fees. */
  readonly realized = new ExactSum();
  /** Received less paid, before fees. */
  readonly cash = new ExactSum();
  readonly #openLots: OpenLots | undefined;

  constructor(method: CostMethod) {
    this.#openLots = method === 'AVERAGE' ? undefined : new OpenLots(method);
  }

  /**
   * Books a trade. A trade that crosses zero closes the position and opens a new one at the price of the trade.
   *
   * @param signedLots above zero: bought; below zero: sold
   */
  trade(terms: ContractTerms, ticks: number, signedLots: number): void {
    const isOpening = this.lots === 0 || this.lots > 0 === signedLots > 0;
    const closed = isOpening ? 0 : Math.min(Math.abs(signedLots), Math.abs(this.lots));
    if (closed > 0) this.#close(terms, ticks, closed);
    const opened = Math.abs(signedLots) - closed;
    if (opened > 0) this.#open(terms, ticks, Math.sign(signedLots) * opened);
    assert(this.#isBalanced(), 'a trade must leave cash flow = realized − cost');
  }

  /**
   * Changes the lots and keeps the cost. A part of a new lot is sold (or bought back) for `ticksInLieu`, rounded against the trader. For linear
   * instruments.
   *
   * @throws FlotillaError `NUMBER_OUT_OF_RANGE` when `lots × numerator` is not a safe integer; nothing has changed then
   */
  split({ numerator, denominator, ticksInLieu }: Split): void {
    const fineLots = Math.abs(this.lots) * numerator;
    if (!Number.isSafeInteger(fineLots))
      throw new FlotillaError(
        'NUMBER_OUT_OF_RANGE',
        `expected a position below 2^53 lots after a split, found ${this.lots} × ${numerator}`,
      );
    if (this.lots === 0) return;
    const rest = fineLots % denominator;
    released.clear();
    if (rest === fineLots) {
      released.set(this.cost);
      this.#openLots?.clear();
    } else if (this.#openLots === undefined) shareOf(this.cost, rest, fineLots, released);
    else this.#openLots.split(numerator, denominator, rest, released);
    value.clear();
    const sign = Math.sign(this.lots);
    value.addBigInt(divideDown(BigInt(sign * rest) * BigInt(ticksInLieu), BigInt(denominator)));
    this.cash.addSum(value);
    this.realized.addSum(value);
    this.realized.subtractSum(released);
    this.cost.subtractSum(released);
    this.lots = rest === fineLots ? 0 : (sign * (fineLots - rest)) / denominator;
    assert(this.#isBalanced(), 'a split must leave cash flow = realized − cost');
  }

  pack(writer: PackedWriter): void {
    writer.number(this.lots);
    writer.sum(this.cost);
    writer.sum(this.realized);
    writer.sum(this.cash);
    this.#openLots?.pack(writer);
  }

  /** Takes the state that {@link pack} wrote of a position with the same cost method. */
  unpack(reader: PackedReader): void {
    this.lots = reader.number();
    reader.sum(this.cost);
    reader.sum(this.realized);
    reader.sum(this.cash);
    this.#openLots?.unpack(reader);
    assert(this.#isBalanced(), 'a stored position must have cash flow = realized − cost');
  }

  /** What closing the whole position at `ticks` would earn, before fees, into `sum`. */
  unrealized(terms: ContractTerms, ticks: number, sum: ExactSum): void {
    sum.clear();
    if (this.lots === 0) return;
    addValue(sum, terms, ticks, -this.lots);
    sum.addSum(this.cost);
    sum.negate();
  }

  #open(terms: ContractTerms, ticks: number, signedLots: number): void {
    value.clear();
    addValue(value, terms, ticks, signedLots);
    this.cash.subtractSum(value);
    this.cost.addSum(value);
    this.#openLots?.open(Math.abs(signedLots), value);
    this.lots += signedLots;
    assert(Number.isSafeInteger(this.lots), `expected a position below 2^53 lots, found ${this.lots}`);
  }

  #close(terms: ContractTerms, ticks: number, lots: number): void {
    const held = Math.abs(this.lots);
    released.clear();
    if (lots === held) released.set(this.cost);
    else if (this.#openLots === undefined) shareOf(this.cost, lots, held, released);
    else this.#openLots.close(lots, released);
    if (lots === held) this.#openLots?.clear();
    const signedLots = -Math.sign(this.lots) * lots;
    value.clear();
    addValue(value, terms, ticks, signedLots);
    this.cash.subtractSum(value);
    this.realized.subtractSum(value);
    this.realized.subtractSum(released);
    this.cost.subtractSum(released);
    this.lots += signedLots;
  }

  #isBalanced(): boolean {
    value.set(this.realized);
    value.subtractSum(this.cost);
    return value.compare(this.cash) === 0 && (this.lots !== 0 || this.cost.isZero());
  }
}
