/** Rates of the currencies of one account in its base currency, each with the time of its source. */
import { assert } from '@flotilla/contracts/errors/assert.ts';
import { FlotillaError } from '@flotilla/contracts/errors/errors.ts';
import { parseDecimal } from '@flotilla/contracts/money/decimal.ts';
import { ageMs } from '../market/steady-time.ts';
import { addRatio, type Rounding } from '../numbers/add-ratio.ts';
import { ExactSum } from '../numbers/exact-sum.ts';
import type { PackedReader } from '../packing/packed-reader.ts';
import type { PackedWriter } from '../packing/packed-writer.ts';
import type { BaseValue } from './base-value.ts';
import type { CurrencyTerms } from './currency.ts';

/** `denominator` units of a currency are worth `numerator` units of the base currency; both safe integers above zero. */
export interface Rate {
  readonly numerator: number;
  readonly denominator: number;
}

/** Milliseconds since the epoch. */
export interface RateTime {
  /** By the clock of the source. */
  readonly sourceMs: number;
  /** By ours, which no step of the wall clock moves (`steady-time.ts`). */
  readonly nowMs: number;
}

const converted = new ExactSum();

/** Changed in place. */
export class Rates {
  readonly base: number;
  readonly #ageMsMax: number;
  /** By currency; NaN before the first rate. */
  readonly #numerators: Float64Array;
  readonly #denominators: Float64Array;
  readonly #sourceMs: Float64Array;

  /** @param ageMsMax an older rate converts nothing */
  constructor(base: number, currencies: number, ageMsMax: number) {
    this.base = base;
    this.#ageMsMax = ageMsMax;
    this.#numerators = new Float64Array(currencies).fill(Number.NaN);
    this.#denominators = new Float64Array(currencies).fill(Number.NaN);
    this.#sourceMs = new Float64Array(currencies).fill(Number.NEGATIVE_INFINITY);
  }

  /**
   * False for a rate that is not newer than the known one, or whose source is further ahead of `nowMs` than a clock may be: the rates after it would all be late.
   * It changes nothing.
   */
  take(currency: number, { numerator, denominator }: Rate, { sourceMs, nowMs }: RateTime): boolean {
    assert(currency !== this.base && currency < this.#sourceMs.length, `expected another currency than the base, found ${currency}`);
    assert(isTerm(numerator) && isTerm(denominator), `expected a rate of whole numbers above zero, found ${numerator} / ${denominator}`);
    if (!(sourceMs > (this.#sourceMs[currency] ?? 0)) || !Number.isFinite(ageMs(sourceMs, nowMs))) return false;
    this.#numerators[currency] = numerator;
    this.#denominators[currency] = denominator;
    this.#sourceMs[currency] = sourceMs;
    return true;
  }

  /** Adds an amount of a currency to `value`, converted and rounded to one unit: DOWN for what the trader has, UP for an exposure. Makes `value` unknown when there is no fresh rate. Zero needs no rate. */
  addTo(value: BaseValue, currency: number, amount: ExactSum, nowMs: number, rounding: Rounding): void {
    if (currency === this.base) return value.add(amount);
    if (amount.isZero()) return;
    const numerator = this.#numerators[currency] ?? Number.NaN;
    const denominator = this.#denominators[currency] ?? Number.NaN;
    if (!(numerator > 0)) return value.setUnknown('RATE_UNKNOWN');
    if (!(ageMs(this.#sourceMs[currency] ?? 0, nowMs) <= this.#ageMsMax)) return value.setUnknown('RATE_STALE');
    converted.clear();
    addRatio(converted, amount, numerator, denominator, rounding);
    value.add(converted);
  }

  pack(writer: PackedWriter): void {
    for (const column of [this.#numerators, this.#denominators, this.#sourceMs]) for (const value of column) writer.number(value);
  }

  unpack(reader: PackedReader): void {
    for (const column of [this.#numerators, this.#denominators, this.#sourceMs])
      for (let currency = 0; currency < column.length; currency += 1) column[currency] = reader.number();
  }
}

function isTerm(value: number): boolean {
  return Number.isSafeInteger(value) && value > 0;
}

/**
 * The rate of `from` in `base` by the price of one whole unit. BASE_PER_FROM: the price of 1 `from` in `base` (EUR in USD by EUR-USD); FROM_PER_BASE: the
 * price of 1 `base` in `from` (JPY in USD by USD-JPY).
 *
 * @throws FlotillaError `NUMBER_INVALID`, `NUMBER_TOO_PRECISE`; `NUMBER_OUT_OF_RANGE` for a price that is not above zero, or has too many digits
 */
export function rateOf(
  price: string,
  direction: 'BASE_PER_FROM' | 'FROM_PER_BASE',
  { from, base }: { readonly from: CurrencyTerms; readonly base: CurrencyTerms },
): Rate {
  const { units, scale } = parseDecimal(price);
  const one = 10n ** BigInt(scale);
  const [up, down] = direction === 'BASE_PER_FROM' ? [units, one] : [one, units];
  let [numerator, denominator] = [up * 10n ** BigInt(base.scale), down * 10n ** BigInt(from.scale)];
  if (units > 0n) {
    const divisor = greatestDivisor(numerator, denominator);
    [numerator, denominator] = [numerator / divisor, denominator / divisor];
  }
  const rate = { numerator: Number(numerator), denominator: Number(denominator) };
  if (!isTerm(rate.numerator) || !isTerm(rate.denominator))
    throw new FlotillaError('NUMBER_OUT_OF_RANGE', `expected a price above zero whose ratio has terms below 2^53, found ${price}`);
  return rate;
}

function greatestDivisor(a: bigint, b: bigint): bigint {
  let [larger, smaller] = [a, b];
  // Each turn takes the remainder, so it ends after a few turns for each digit.
  while (smaller !== 0n) [larger, smaller] = [smaller, larger % smaller];
  return larger;
}
