/** Bounded exact decimals out of text from outside. */
import {
  compareDecimals,
  type Decimal,
  DECIMAL_SIGNIFICANT_DIGITS_MAX,
  FlotillaError,
  formatDecimal,
  parseDecimal,
} from '@flotilla/contracts';
import { quoteFound, refused } from './field-error.ts';

export interface NumberBounds {
  /** `0` itself is allowed unless `aboveZero`. Nothing from outside is ever negative. */
  readonly aboveZero: boolean;
  readonly max: string;
}

export const PRICE_BOUNDS: NumberBounds = { aboveZero: true, max: '1000000000' };
export const STRENGTH_BOUNDS: NumberBounds = { aboveZero: false, max: '1' };
export const VOLUME_BOUNDS: NumberBounds = { aboveZero: false, max: '1000000000000' };
export const SIZE_BOUNDS: NumberBounds = { aboveZero: true, max: '1000000000000' };

/** Decimal places at most: the ledger holds tick and lot at 18 together, so 12 leave room for the other. */
export const SCALE_MAX = 12;

/** No number within our bounds has longer text; the bound keeps a conversion to bigint cheap. */
const TEXT_LENGTH_MAX = 32;

/**
 * The number as plain decimal text without trailing zeros; no digit is rounded away.
 *
 * @throws FieldError `NUMBER_INVALID`, `NUMBER_TOO_PRECISE`, `NUMBER_OUT_OF_RANGE`.
 */
export function checkNumber(field: string, text: string, bounds: NumberBounds): string {
  const expected = describeBounds(bounds);
  const decimal = readDecimal(field, text, expected);
  const aboveMin = bounds.aboveZero ? decimal.units > 0n : decimal.units >= 0n;
  if (!aboveMin || compareDecimals(decimal, parseDecimal(bounds.max)) > 0) {
    throw refused('NUMBER_OUT_OF_RANGE', field, expected, quoteFound(text));
  }
  const formatted = formatDecimal(decimal.units, decimal.scale);
  if (formatted.length - formatted.indexOf('.') - 1 > SCALE_MAX && formatted.includes('.')) {
    throw refused('NUMBER_TOO_PRECISE', field, expected, quoteFound(text));
  }
  return formatted;
}

function readDecimal(field: string, text: string, expected: string): Decimal {
  if (text.length > TEXT_LENGTH_MAX) throw refused('NUMBER_OUT_OF_RANGE', field, expected, quoteFound(text));
  try {
    return parseDecimal(text);
  } catch (error) {
    if (!(error instanceof FlotillaError)) throw error;
    throw refused(error.code, field, expected, quoteFound(text));
  }
}

function describeBounds(bounds: NumberBounds): string {
  const from = bounds.aboveZero ? 'above 0' : 'from 0';
  return `a plain decimal ${from} up to ${bounds.max}, at most ${DECIMAL_SIGNIFICANT_DIGITS_MAX} significant digits and ${SCALE_MAX} decimal places, no exponent`;
}
