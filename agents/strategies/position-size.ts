/** Turns the configured size of a position into lots, for every built-in agent. */
import { FlotillaError, MONEY_SCALE, parseDecimal, toQuantityLots, type Instrument } from '@flotilla/contracts';

/** The `quantity` and `notional` parameters that all built-in agents share; exactly one is present. */
export interface PositionSize {
  readonly quantity?: string | undefined;
  readonly notional?: string | undefined;
}

/**
 * Lots of the configured size; a notional is divided by `price` and rounded down, so it may give 0.
 *
 * @throws FlotillaError `QUANTITY_OFF_LOT` or `NUMBER_OUT_OF_RANGE` when the size is not a whole number of lots, or not a safe integer of them.
 */
export function positionLots(size: PositionSize, price: string, instrument: Instrument): number {
  if (size.quantity !== undefined) return toQuantityLots(size.quantity, instrument);
  const notional = parseDecimal(size.notional ?? '0');
  const unitPrice = parseDecimal(price);
  const lots =
    (notional.units * 10n ** BigInt(unitPrice.scale + MONEY_SCALE)) /
    (unitPrice.units * instrument.lotUnits * 10n ** BigInt(notional.scale));
  if (lots > BigInt(Number.MAX_SAFE_INTEGER)) {
    throw new FlotillaError(
      'NUMBER_OUT_OF_RANGE',
      `expected at most ${Number.MAX_SAFE_INTEGER} lots of ${instrument.symbol} for notional ${size.notional} at ${price}, found ${lots}`,
    );
  }
  return Number(lots);
}
