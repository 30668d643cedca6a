/**
 * A currency of the ledger: in which smallest unit amounts are kept, and with how many digits people read them.
 *
 * The unit of the ledger is finer than the currency's own, because one tick × one lot is. Each currency has one unit, so its amounts can be added; amounts of
 * two currencies never are.
 */
import { FlotillaError } from '@flotilla/contracts/errors/errors.ts';
import { MONEY_SCALE } from '@flotilla/contracts/money/decimal.ts';
import { parseUnits } from '@flotilla/contracts/money/fixed-point.ts';
import { divideDown } from '../numbers/divide-down.ts';
import type { ExactSum } from '../numbers/exact-sum.ts';

/** Bound on the currencies of one account. */
export const CURRENCIES_MAX = 64;

export interface CurrencyTerms {
  /** The unit of the ledger is 10^-scale of the currency; whole, from `digits` to 18. With 12, amounts stay below 5 × 10^18 of the currency. */
  readonly scale: number;
  /** Digits behind the point that people read: 2 for USD, 0 for JPY, 8 for BTC. */
  readonly digits: number;
}

/**
 * Sets `sum` to a decimal text in units of the ledger.
 *
 * @throws FlotillaError `NUMBER_INVALID`; `NUMBER_TOO_PRECISE` when the unit does not hold the text exactly
 */
export function readAmount(text: string, { scale }: CurrencyTerms, sum: ExactSum): void {
  sum.clear();
  sum.addBigInt(unitsOf(text, scale));
}

/** `text × 10^scale`. @throws FlotillaError as {@link readAmount} */
export function unitsOf(text: string, scale: number): bigint {
  const divisor = 10n ** BigInt(MONEY_SCALE - scale);
  const units = parseUnits(text);
  if (units % divisor !== 0n) throw new FlotillaError('NUMBER_TOO_PRECISE', `expected at most ${scale} decimal places, found ${text}`);
  return units / divisor;
}

/** Decimal text with all digits of the currency, rounded down: a profit is never shown too high, and a loss never too low. */
export function printAmount(sum: ExactSum, { scale, digits }: CurrencyTerms): string {
  const units = divideDown(sum.toBigInt(), 10n ** BigInt(scale - digits));
  const text = (units < 0n ? -units : units).toString().padStart(digits + 1, '0');
  const whole = text.slice(0, text.length - digits);
  return `${units < 0n ? '-' : ''}${whole}${digits === 0 ? '' : `.${text.slice(-digits)}`}`;
}
