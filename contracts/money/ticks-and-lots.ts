/**
 * Quantities as whole lots of an instrument, safe integers, and prices and quantities back to decimal text. `round-to-step.ts` reads prices.
 *
 * Agents and the operator count in ticks and lots. exec counts in units of 10^-18 (`fixed-point.ts`).
 */
import { MONEY_SCALE, parseDecimal, rescale } from './decimal.ts';
import { FlotillaError } from '../errors/errors.ts';
import { formatUnits } from './fixed-point.ts';
import type { Instrument } from './instrument.ts';

/** A quantity in whole lots. @throws FlotillaError `QUANTITY_OFF_LOT`, `NUMBER_OUT_OF_RANGE`, `NUMBER_INVALID`. */
export function toQuantityLots(quantity: string, instrument: Instrument): number {
  const units = rescale(parseDecimal(quantity), MONEY_SCALE);
  const step = `lot size ${instrument.lotSize}`;
  if (units === undefined || units % instrument.lotUnits !== 0n)
    throw new FlotillaError('QUANTITY_OFF_LOT', `expected a multiple of the ${step}, found ${quantity}`);
  const lots = units / instrument.lotUnits;
  if (lots <= 0n || lots > BigInt(Number.MAX_SAFE_INTEGER)) {
    throw new FlotillaError(
      'NUMBER_OUT_OF_RANGE',
      `expected a positive number of at most ${Number.MAX_SAFE_INTEGER} steps of the ${step}, found ${quantity}`,
    );
  }
  return Number(lots);
}

export function formatPrice(priceTicks: number | bigint, instrument: Instrument): string {
  return formatUnits(BigInt(priceTicks) * instrument.tickUnits);
}

/** Accepts negative lots: a short position prints with a minus. */
export function formatQuantity(quantityLots: number, instrument: Instrument): string {
  return formatUnits(BigInt(quantityLots) * instrument.lotUnits);
}
