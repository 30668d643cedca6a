/**
 * Fixed-point money: price in ticks, quantity in lots (safe integers), and money as a bigint in 10^-18 of the currency unit.
 *
 * A tick's scale plus a lot's scale is bounded by {@link MONEY_SCALE}, so price × quantity is always exact.
 */
import { formatDecimal, MONEY_SCALE, parseDecimal, rescale } from './decimal.ts';
import { FlotillaError } from './errors.ts';
import type { Instrument } from './instrument.ts';

/** An amount of currency in units of 10^-18. */
export type Money = bigint;

/** @throws FlotillaError `NUMBER_INVALID`, `NUMBER_TOO_PRECISE`. */
export function parseMoney(text: string): Money {
  const units = rescale(parseDecimal(text), MONEY_SCALE);
  if (units === undefined) throw new FlotillaError('NUMBER_TOO_PRECISE', `expected at most ${MONEY_SCALE} decimal places, found ${text}`);
  return units;
}

export function formatMoney(money: Money): string {
  return formatDecimal(money, MONEY_SCALE);
}

/**
 * A price in whole ticks.
 *
 * @throws FlotillaError `PRICE_OFF_TICK`, `NUMBER_OUT_OF_RANGE` (not positive, or above a safe integer of ticks), `NUMBER_INVALID`.
 */
export function toPriceTicks(price: string, instrument: Instrument): number {
  return toSteps(price, instrument.tickUnits, instrument.tickScale, 'PRICE_OFF_TICK', `tick size ${instrument.tickSize}`);
}

/** A quantity in whole lots. @throws FlotillaError `QUANTITY_OFF_LOT`, `NUMBER_OUT_OF_RANGE`, `NUMBER_INVALID`. */
export function toQuantityLots(quantity: string, instrument: Instrument): number {
  return toSteps(quantity, instrument.lotUnits, instrument.lotScale, 'QUANTITY_OFF_LOT', `lot size ${instrument.lotSize}`);
}

export function formatPrice(priceTicks: number, instrument: Instrument): string {
  return formatDecimal(BigInt(priceTicks) * instrument.tickUnits, instrument.tickScale);
}

/** Takes negative lots too: a short position prints with a minus. */
export function formatQuantity(quantityLots: number, instrument: Instrument): string {
  return formatDecimal(BigInt(quantityLots) * instrument.lotUnits, instrument.lotScale);
}

/** Price × quantity, exact. Negative lots give a negative amount. */
export function notionalOf(priceTicks: number, quantityLots: number, instrument: Instrument): Money {
  return BigInt(priceTicks) * BigInt(quantityLots) * instrument.tickLotMoney;
}

function toSteps(text: string, stepUnits: bigint, stepScale: number, offGrid: 'PRICE_OFF_TICK' | 'QUANTITY_OFF_LOT', step: string): number {
  const decimal = parseDecimal(text);
  const units = rescale(decimal, stepScale);
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
