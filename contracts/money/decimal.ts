/**
 * Exact decimal numbers as text, and their conversion to scaled integers.
 *
 * On the wire every price and quantity is a decimal string. No code converts one to binary floating point.
 */
import { FlotillaError } from '../errors/errors.ts';
import { DECIMAL_SIGNIFICANT_DIGITS_MAX } from '../values/limits.ts';
import { DECIMAL_PATTERN } from '../values/scalars.ts';

/** Decimal places of prices, quantities and money as integers: units of 10^-18. */
export const MONEY_SCALE = 18;

/** A decimal number as `units × 10^-scale`; `1.50` is `{ units: 150n, scale: 2 }`. */
export interface Decimal {
  readonly units: bigint;
  readonly scale: number;
}

/**
 * Parses plain decimal notation.
 *
 * @throws FlotillaError `NUMBER_INVALID` for anything else (NaN, Infinity, exponents, empty text, blanks),
 *   `NUMBER_TOO_PRECISE` above {@link DECIMAL_SIGNIFICANT_DIGITS_MAX} significant digits.
 */
export function parseDecimal(text: string): Decimal {
  const decimal = DECIMAL_PATTERN.test(text) ? splitDecimal(text) : undefined;
  if (decimal === undefined) {
    throw new FlotillaError('NUMBER_INVALID', `expected a plain decimal such as 611.87, found ${quote(text)}`);
  }
  const digits = text.replace(/[-.]/g, '').replace(/^0+/, '').length;
  if (digits > DECIMAL_SIGNIFICANT_DIGITS_MAX) {
    throw new FlotillaError(
      'NUMBER_TOO_PRECISE',
      `expected at most ${DECIMAL_SIGNIFICANT_DIGITS_MAX} significant digits, found ${digits} in ${quote(text)}`,
    );
  }
  return decimal;
}

/** Rescales exactly; undefined when `scale` cannot hold the value (1.005 at scale 2). */
export function rescale(decimal: Decimal, scale: number): bigint | undefined {
  if (scale >= decimal.scale) return decimal.units * 10n ** BigInt(scale - decimal.scale);
  const divisor = 10n ** BigInt(decimal.scale - scale);
  return decimal.units % divisor === 0n ? decimal.units / divisor : undefined;
}

/** `units × 10^-scale` as plain decimal text without trailing zeros; zero is `0`. */
export function formatDecimal(units: bigint, scale: number): string {
  const sign = units < 0n ? '-' : '';
  const digits = (units < 0n ? -units : units).toString().padStart(scale + 1, '0');
  const whole = digits.slice(0, digits.length - scale);
  const fraction = digits.slice(digits.length - scale).replace(/0+$/, '');
  return `${sign}${whole}${fraction === '' ? '' : `.${fraction}`}`;
}

/** Compares two decimals: negative, zero or positive as `a` is below, equal to or above `b`. */
export function compareDecimals(a: Decimal, b: Decimal): number {
  const scale = Math.max(a.scale, b.scale);
  const left = a.units * 10n ** BigInt(scale - a.scale);
  const right = b.units * 10n ** BigInt(scale - b.scale);
  return left < right ? -1 : left > right ? 1 : 0;
}

/** The exact sum of decimal texts of any length, because reports have more digits than an input may have: `["0.1", "-0.25"]` gives `-0.15`. */
export function addDecimals(amounts: readonly string[]): string {
  const parsed = amounts.map(splitDecimal);
  const scale = Math.max(0, ...parsed.map((amount) => amount.scale));
  const units = parsed.reduce((sum, amount) => sum + amount.units * 10n ** BigInt(scale - amount.scale), 0n);
  return formatDecimal(units, scale);
}

/** The same amount with the other sign. */
export function negateDecimal(amount: string): string {
  return amount.startsWith('-') ? amount.slice(1) : `-${amount}`;
}

function splitDecimal(text: string): Decimal {
  const [whole = '0', fraction = ''] = text.split('.');
  return { units: BigInt(whole + fraction), scale: fraction.length };
}

function quote(text: string): string {
  return JSON.stringify(text.length > 40 ? `${text.slice(0, 40)}…` : text);
}
