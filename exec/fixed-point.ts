/**
 * Prices, quantities and money inside exec: bigint in 10^-18, one scale for all three.
 *
 * The fold over EXECUTIONS must not depend on instrument definitions, which may change while a position is open; so exec keeps decimals
 * instead of ticks and lots. {@link makeInstrument} bounds tick and lot scale together to 18 places, so price × quantity stays exact.
 */
import { assert, FlotillaError, formatDecimal } from '@flotilla/contracts';

export const SCALE = 18;
export const ONE = 10n ** BigInt(SCALE);

const PATTERN = /^(-?)(0|[1-9][0-9]*)(?:\.([0-9]+))?$/;

/**
 * Exact. Takes any number of significant digits: sums and fees have more than the wire's inputs.
 *
 * @throws FlotillaError `NUMBER_INVALID`, `NUMBER_TOO_PRECISE` above 18 decimal places.
 */
export function parseUnits(text: string): bigint {
  const match = PATTERN.exec(text);
  if (match === null) throw new FlotillaError('NUMBER_INVALID', `expected a plain decimal, found ${JSON.stringify(text.slice(0, 40))}`);
  const fraction = (match[3] ?? '').replace(/0+$/, '');
  if (fraction.length > SCALE) {
    throw new FlotillaError('NUMBER_TOO_PRECISE', `expected at most ${SCALE} decimal places, found ${fraction.length}`);
  }
  const units = BigInt((match[2] ?? '0') + fraction.padEnd(SCALE, '0'));
  return match[1] === '-' ? -units : units;
}

export function formatUnits(units: bigint): string {
  return formatDecimal(units, SCALE);
}

/** Price × quantity. @throws AssertionError when 18 places cannot hold the product, which ticks and lots rule out. */
export function multiplyExact(price: bigint, quantity: bigint): bigint {
  const product = price * quantity;
  assert(
    product % ONE === 0n,
    `price × quantity needs more than ${SCALE} decimal places: ${formatUnits(price)} × ${formatUnits(quantity)}`,
  );
  return product / ONE;
}

/** |price × quantity|, rounded up: what a limit is held against. */
export function notionalUp(price: bigint, quantity: bigint): bigint {
  const product = absolute(price) * absolute(quantity);
  return divideUp(product, ONE);
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
