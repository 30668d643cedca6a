/** The product of an exact sum and a ratio of two whole numbers, rounded to one unit. */
import { divideDown } from './divide-down.ts';
import { ExactSum } from './exact-sum.ts';

/** DOWN: toward minus infinity; UP: toward plus infinity. */
export type Rounding = 'DOWN' | 'UP';

/** Below it every product and every remainder of the long division is exact in a double. */
const TERM_MAX = 2 ** 26;
/** Half of the 50 bits of `low`. */
const HALF = 2 ** 25;

const quotient = new ExactSum();

/**
 * Adds `amount × numerator / denominator` to `sum`.
 *
 * @param numerator safe integer above zero, and so is the denominator; the sum of BigInts is several times slower, and stands in for terms from 2^26
 */
export function addRatio(sum: ExactSum, amount: ExactSum, numerator: number, denominator: number, rounding: Rounding): void {
  if (numerator >= TERM_MAX || denominator >= TERM_MAX) return addByBigInt(sum, amount, numerator, denominator, rounding);
  // Long division in three digits. `low` is never below zero, so each remainder is from 0 to the denominator, and the quotient is rounded down.
  const { high, low } = amount;
  const top = Math.floor(high / denominator);
  const lowTop = Math.floor(low / HALF);
  const middlePart = (high - top * denominator) * HALF + lowTop;
  const middle = Math.floor(middlePart / denominator);
  const lastPart = (middlePart - middle * denominator) * HALF + (low - lowTop * HALF);
  const last = Math.floor(lastPart / denominator);
  quotient.high = top;
  quotient.low = middle * HALF + last;
  sum.addScaled(quotient, numerator);
  const rest = (lastPart - last * denominator) * numerator;
  const whole = Math.floor(rest / denominator);
  sum.add(rounding === 'UP' && whole * denominator !== rest ? whole + 1 : whole);
}

function addByBigInt(sum: ExactSum, amount: ExactSum, numerator: number, denominator: number, rounding: Rounding): void {
  const product = amount.toBigInt() * BigInt(numerator);
  const divisor = BigInt(denominator);
  sum.addBigInt(rounding === 'DOWN' ? divideDown(product, divisor) : -divideDown(-product, divisor));
}
