/**
 * Prices, quantities and money as bigint in units of 10^-18, one scale for all three.
 *
 * exec uses these units instead of ticks and lots, because its fold over EXECUTIONS must not depend on instrument definitions: a definition
 * may change while a position is open. {@link makeInstrument} bounds the scales of tick and lot together to 18 places, so price × quantity
 * is exact.
 */
import { assert } from '../errors/assert.ts';
import { FlotillaError } from '../errors/errors.ts';
import { DECIMAL_PATTERN } from '../values/scalars.ts';
import { formatDecimal, MONEY_SCALE } from './decimal.ts';

/** Units of 10^-18 in one whole unit of a currency, price or quantity. */
export const UNITS_PER_ONE = 10n ** BigInt(MONEY_SCALE);

/** Basis points in one whole. */
export const BPS_PER_ONE = 10_000n;

/**
 * Exact, for any number of significant digits: sums and fees have more of them than an input may have.
 *
 * @throws FlotillaError `NUMBER_INVALID`, `NUMBER_TOO_PRECISE` above 18 decimal places.
 */
export function parseUnits(text: string): bigint {
  if (!DECIMAL_PATTERN.test(text)) {
    throw new FlotillaError('NUMBER_INVALID', `expected a plain decimal, found ${JSON.stringify(text.slice(0, 40))}`);
  }
  const point = text.indexOf('.');
  if (point < 0) return BigInt(text) * UNITS_PER_ONE;
  const fraction = text.slice(point + 1).replace(/0+$/, '');
  if (fraction.length > MONEY_SCALE) {
    throw new FlotillaError('NUMBER_TOO_PRECISE', `expected at most ${MONEY_SCALE} decimal places, found ${fraction.length}`);
  }
  return BigInt(text.slice(0, point) + fraction.padEnd(MONEY_SCALE, '0'));
}

export function formatUnits(units: bigint): string {
  return formatDecimal(units, MONEY_SCALE);
}

/** Price × quantity. @throws AssertionError when 18 places cannot hold the product, which ticks and lots rule out. */
export function multiplyExact(price: bigint, quantity: bigint): bigint {
  const product = price * quantity;
  assert(
    product % UNITS_PER_ONE === 0n,
    `price × quantity needs more than ${MONEY_SCALE} decimal places: ${formatUnits(price)} × ${formatUnits(quantity)}`,
  );
  return product / UNITS_PER_ONE;
}

/** |price × quantity|, rounded up: the amount that a limit is compared with. */
export function notionalUp(price: bigint, quantity: bigint): bigint {
  const product = absolute(price) * absolute(quantity);
  return divideUp(product, UNITS_PER_ONE);
}

/** Ceiling of `dividend / divisor`; both not negative. */
export function divideUp(dividend: bigint, divisor: bigint): bigint {
  return (dividend + divisor - 1n) / divisor;
}

export function absolute(value: bigint): bigint {
  return value < 0n ? -value : value;
}

export function larger(a: bigint, b: bigint): bigint {
  return a > b ? a : b;
}

export function smaller(a: bigint, b: bigint): bigint {
  return a < b ? a : b;
}
