/**
 * Rounds prices to whole ticks and shown quantities to whole lots. exec and the agents use this one rule, so a price is usable for both of them or for
 * none. Pure.
 */
import { MONEY_SCALE } from './decimal.ts';
import { divideUp } from './fixed-point.ts';
import { DECIMAL_PATTERN } from '../values/scalars.ts';

/**
 * Whole steps in a number of market data, which may have any number of digits and any size.
 *
 * @param stepUnits one tick or one lot in units of 10^-18
 * @param direction `down` for a price at which one sells and for a quantity, `up` for a price at which one buys
 * @returns undefined when the text is not a plain decimal, and when less than one step is left
 */
export function roundToStep(number: string, stepUnits: bigint, direction: 'down' | 'up'): bigint | undefined {
  if (!DECIMAL_PATTERN.test(number) || number.startsWith('-')) return undefined;
  const [whole = '', fraction = ''] = number.split('.');
  const dividend = BigInt(whole + fraction) * 10n ** BigInt(MONEY_SCALE);
  const divisor = stepUnits * 10n ** BigInt(fraction.length);
  const steps = direction === 'up' ? divideUp(dividend, divisor) : dividend / divisor;
  return steps > 0n ? steps : undefined;
}
