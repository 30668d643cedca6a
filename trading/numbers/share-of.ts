/** The part of an amount that belongs to a part of a quantity, in whole units. */
import { assert } from '@flotilla/contracts/errors/assert.ts';
import type { ExactSum } from './exact-sum.ts';

/** A product of two doubles below it is exact. */
const PRODUCT_EXACT_MAX = Number.MAX_SAFE_INTEGER;
/** With a whole below it, the remainder of an estimated quotient is exact in a double. */
const WHOLE_MAX = 2 ** 51;
/** Splits a double into two halves of which every product is exact (Veltkamp). */
const SPLITTER = 2 ** 27 + 1;

/**
 * Sets `share` to `total × part / whole`, rounded toward zero. What the rounding leaves stays with the rest: `share` and `total − share` are the total to
 * the last unit.
 *
 * @param part whole number from 0 to `whole`
 * @param whole whole number from 1 to 2^53 − 1
 */
export function shareOf(total: ExactSum, part: number, whole: number, share: ExactSum): void {
  assert(part >= 0 && part <= whole && whole > 0, 'expected a part from 0 to the whole');
  if (part === whole) return share.set(total);
  const signed = total.toNumber();
  if (!Number.isSafeInteger(signed) || whole > WHOLE_MAX) return setByBigInt(total, part, whole, share);
  share.clear();
  share.add(signed < 0 ? -quotientOf(-signed, part, whole) : quotientOf(signed, part, whole));
}

/** `⌊size × part / whole⌋`. */
function quotientOf(size: number, part: number, whole: number): number {
  const product = size * part;
  if (product <= PRODUCT_EXACT_MAX) return Math.floor(product / whole);
  // The estimate is off by a few units at most, because a double has 53 bits and the quotient has no more.
  let quotient = Math.floor(size * (part / whole));
  const back = quotient * whole;
  // The two products are nearly equal, so their difference is exact, and so is that of their rounding errors.
  let remainder = product - back + (errorOf(size, part, product) - errorOf(quotient, whole, back));
  while (remainder < 0) {
    remainder += whole;
    quotient -= 1;
  }
  while (remainder >= whole) {
    remainder -= whole;
    quotient += 1;
  }
  return quotient;
}

/** What the rounded `product` of `a × b` lacks; exact (Dekker). */
function errorOf(a: number, b: number, product: number): number {
  const aScaled = SPLITTER * a;
  const aHigh = aScaled - (aScaled - a);
  const aLow = a - aHigh;
  const bScaled = SPLITTER * b;
  const bHigh = bScaled - (bScaled - b);
  const bLow = b - bHigh;
  return aLow * bLow - (product - aHigh * bHigh - aLow * bHigh - aHigh * bLow);
}

function setByBigInt(total: ExactSum, part: number, whole: number, share: ExactSum): void {
  share.clear();
  share.addBigInt((total.toBigInt() * BigInt(part)) / BigInt(whole));
}
