/**
 * Exact sums of products of whole numbers, as two doubles.
 *
 * A price is a whole number of ticks and a quantity is a whole number of lots, so the amount of a trade is a whole number of tick × lot. Sums of such
 * amounts leave the range in which a double is exact. A BigInt holds them, but costs several times as much and makes garbage with every operation.
 */
import { FlotillaError } from '@flotilla/contracts/errors/errors.ts';

const BASE = 2 ** 50;
/** Up to here `low + value` is exact for every `low`. */
const DIRECT_MAX = 2 ** 52;
/** |sum| stays below 2^102. */
const HIGH_MAX = 2 ** 52;
/** Below it the low part of a multiple can still be added, so that no step on the way leaves the range. */
const SCALED_HIGH_MAX = 2 ** 51;
/** Half of a factor: the product of two low halves is exact, and so is the product of a low and a high half. */
const HALF = 2 ** 26;
/** 2^50 = SHIFT × HALF. */
const SHIFT = 2 ** 24;

/**
 * The value is `high × 2^50 + low`, with `0 ≤ low < 2^50`: each value has one form. The object is changed in place.
 *
 * @throws FlotillaError `NUMBER_OUT_OF_RANGE` from every method that would reach 2^102; the object is not to be used any more then
 */
export class ExactSum {
  high = 0;
  low = 0;

  /** Adds `a × b`, both safe integers. */
  addProduct(a: number, b: number): void {
    const product = a * b;
    if (product <= DIRECT_MAX && product >= -DIRECT_MAX) this.add(product);
    else this.#addLarge(a, b);
  }

  /** Adds a safe integer. */
  add(value: number): void {
    const low = this.low + value;
    if (low >= 0 && low < BASE) this.low = low;
    else this.#carry(value);
  }

  /** Adds `other × factor`, a safe integer. */
  addScaled(other: ExactSum, factor: number): void {
    if (other.isSafe()) return this.addProduct(other.toNumber(), factor);
    const high = other.high * factor;
    if (Math.abs(high) < SCALED_HIGH_MAX && Math.abs(this.high + high) < SCALED_HIGH_MAX) {
      this.#addParts(high, 0);
      this.addProduct(other.low, factor);
    } else this.addBigInt(other.toBigInt() * BigInt(factor));
  }

  addSum(other: ExactSum): void {
    this.#addParts(other.high, other.low);
  }

  subtractSum(other: ExactSum): void {
    this.#addParts(-other.high, -other.low);
  }

  set(other: ExactSum): void {
    this.high = other.high;
    this.low = other.low;
  }

  clear(): void {
    this.high = 0;
    this.low = 0;
  }

  negate(): void {
    const { high, low } = this;
    this.clear();
    this.#addParts(-high, -low);
  }

  isZero(): boolean {
    return this.high === 0 && this.low === 0;
  }

  /** -1, 0 or 1. */
  sign(): -1 | 0 | 1 {
    if (this.high < 0) return -1;
    return this.isZero() ? 0 : 1;
  }

  /** Below zero when this is the smaller one, zero when both are equal. */
  compare(other: ExactSum): number {
    return this.high === other.high ? this.low - other.low : this.high - other.high;
  }

  /** Whether {@link toNumber} is exact. */
  isSafe(): boolean {
    return Number.isSafeInteger(this.high * BASE + this.low);
  }

  /** The nearest double. */
  toNumber(): number {
    return this.high * BASE + this.low;
  }

  toBigInt(): bigint {
    return BigInt(this.high) * BigInt(BASE) + BigInt(this.low);
  }

  /** Adds a whole number of any size within the range. */
  addBigInt(value: bigint): void {
    const low = BigInt.asUintN(50, value);
    this.#addParts(Number((value - low) / BigInt(BASE)), Number(low));
  }

  #addParts(high: number, low: number): void {
    this.high += high;
    this.low += low;
    if (this.low < 0) {
      this.low += BASE;
      this.high -= 1;
    } else if (this.low >= BASE) {
      this.low -= BASE;
      this.high += 1;
    }
    if (this.high >= HIGH_MAX || this.high < -HIGH_MAX) outOfRange();
  }

  #carry(value: number): void {
    const high = Math.floor(value / BASE);
    this.#addParts(high, value - high * BASE);
  }

  /** Halves the factors, so that every partial product is exact. */
  #addLarge(a: number, b: number): void {
    const sign = a < 0 === b < 0 ? 1 : -1;
    const left = Math.abs(a);
    const right = Math.abs(b);
    const leftHigh = Math.floor(left / HALF);
    const rightHigh = Math.floor(right / HALF);
    const leftLow = left - leftHigh * HALF;
    const rightLow = right - rightHigh * HALF;
    const top = leftHigh * rightHigh;
    if (top > HIGH_MAX / 4) outOfRange();
    this.high += sign * top * 4;
    this.#addShifted(sign, leftHigh * rightLow);
    this.#addShifted(sign, leftLow * rightHigh);
    this.add(sign * leftLow * rightLow);
    if (this.high >= HIGH_MAX || this.high < -HIGH_MAX) outOfRange();
  }

  /** Adds `sign × value × 2^26`. */
  #addShifted(sign: number, value: number): void {
    const whole = Math.floor(value / SHIFT);
    this.high += sign * whole;
    this.add(sign * (value - whole * SHIFT) * HALF);
  }
}

function outOfRange(): never {
  throw new FlotillaError('NUMBER_OUT_OF_RANGE', 'expected an amount below 2^102 of its smallest unit, found a larger one');
}
