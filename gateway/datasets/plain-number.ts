/** Writes a number of a user's file as a plain decimal, without a change of its value. Pure. */
import { DECIMAL_PATTERN } from '@flotilla/contracts/values/scalars.ts';
import { DECIMAL_SIGNIFICANT_DIGITS_MAX } from '@flotilla/contracts/values/limits.ts';

/** Programs write small numbers with an exponent, for example 5e-05. A larger exponent is outside of all bounds. */
const EXPONENT_MAX = 30;
const NUMBER = /^([+-]?)([0-9]*)(?:\.([0-9]*))?(?:[eE]([+-]?[0-9]{1,2}))?$/;

/**
 * A plain decimal stays as it is. `+1.50` gives `1.5`, `.5` gives `0.5`, `5e-05` gives `0.00005`. A text that is not such a number comes back as it is, for the next check to
 * refuse.
 */
export function plainNumber(text: string): string {
  if (text.length <= DECIMAL_SIGNIFICANT_DIGITS_MAX && DECIMAL_PATTERN.test(text)) return text;
  const match = NUMBER.exec(text);
  if (match === null) return text;
  const [, sign = '', whole = '', fraction = '', exponentText = '0'] = match;
  const exponent = Number(exponentText);
  const digits = whole + fraction;
  if (digits === '' || Math.abs(exponent) > EXPONENT_MAX) return text;
  const point = whole.length + exponent;
  const padded = point <= 0 ? '0'.repeat(1 - point) + digits : digits.padEnd(point, '0');
  const at = Math.max(point, 1);
  const wholePart = padded.slice(0, at).replace(/^0+(?=[0-9])/, '');
  const fractionPart = padded.slice(at).replace(/0+$/, '');
  return `${sign === '-' ? '-' : ''}${wholePart}${fractionPart === '' ? '' : `.${fractionPart}`}`;
}
