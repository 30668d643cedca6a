/**
 * Prices as whole ticks and quantities as whole lots of an instrument, both safe integers, and back to decimal text.
 *
 * Agents and the operator count in ticks and lots. exec counts in units of 10^-18 (`fixed-point.ts`).
 */
import { MONEY_SCALE, parseDecimal, rescale } from './decimal.ts';
import { FlotillaError } from '../errors/errors.ts';
import { formatUnits } from './fixed-point.ts';
import type { Instrument } from './instrument.ts';

/**
 * A price in whole ticks.
 *
 * @throws FlotillaError `PRICE_OFF_TICK`, `NUMBER_OUT_OF_RANGE` (not positive, or above a safe integer of ticks), `NUMBER_INVALID`.
 */
export function toPriceTicks(price: string, instrument: Instrument): number {
  return toSteps(price, instrument.tickUnits, 'PRICE_OFF_TICK', `tick size ${instrument.tickSize}`);
}

/** A quantity in whole lots. @throws FlotillaError `QUANTITY_OFF_LOT`, `NUMBER_OUT_OF_RANGE`, `NUMBER_INVALID`. */
export function toQuantityLots(quantity: string, instrument: Instrument): number {
  return toSteps(quantity, instrument.lotUnits, 'QUANTITY_OFF_LOT', `lot size ${instrument.lotSize}`);
}

export function formatPrice(priceTicks: number, instrument: Instrument): string {
  return formatUnits(BigInt(priceTicks) * instrument.tickUnits);
}

/** Accepts negative lots: a short position prints with a minus. */
export function formatQuantity(quantityLots: number, instrument: Instrument): string {
  return formatUnits(BigInt(quantityLots) * instrument.lotUnits);
}

function toSteps(text: string, stepUnits: bigint, offGrid: 'PRICE_OFF_TICK' | 'QUANTITY_OFF_LOT', step: string): number {
  const units = rescale(parseDecimal(text), MONEY_SCALE);
  if (units === undefined || units % stepUnits !== 0n)
    throw new FlotillaError(offGrid, `expected a multiple of the ${step}, found ${text}`);
  const steps = units / stepUnits;
  if (steps <= 0n || steps > BigInt(Number.MAX_SAFE_INTEGER)) {
    throw new FlotillaError(
      'NUMBER_OUT_OF_RANGE',
      `expected a positive number of at most ${Number.MAX_SAFE_INTEGER} steps of the ${step}, found ${text}`,
    );
  }
  return Number(steps);
}
