/** Turns the configured size of a position into lots, for every built-in agent. */
import { FlotillaError, formatPrice, parseUnits, toQuantityLots, UNITS_PER_ONE, type Instrument } from '@flotilla/contracts';

/** The `quantity` and `notional` parameters that all built-in agents share; exactly one is present. */
export interface PositionSize {
  readonly quantity?: string | undefined;
  readonly notional?: string | undefined;
}

/** The lots of a position, above 0, or the reason why the configured size gives no position. The reason is for people. A close asks for no size. */
export type SizedPosition = { readonly ok: true; readonly lots: number } | { readonly ok: false; readonly problem: string };

/** Bound on the lots of a position, so that the order from one side to the other is a safe integer of lots too. */
const POSITION_LOTS_MAX = 2 ** 51;

/** Lots of the configured size; a notional is divided by the market price and rounded down. Never throws: a size that is not possible opens nothing. */
export function sizePosition(size: PositionSize, priceTicks: bigint, instrument: Instrument): SizedPosition {
  return size.quantity === undefined ? ofNotional(size.notional ?? '0', priceTicks, instrument) : ofQuantity(size.quantity, instrument);
}

function ofQuantity(quantity: string, instrument: Instrument): SizedPosition {
  try {
    const lots = toQuantityLots(quantity, instrument);
    return lots > POSITION_LOTS_MAX ? outOfBounds(BigInt(lots), `quantity ${quantity}`, instrument) : { ok: true, lots };
  } catch (error) {
    if (!(error instanceof FlotillaError)) throw error;
    return { ok: false, problem: `${instrument.symbol}: ${error.message}` };
  }
}

function ofNotional(notional: string, priceTicks: bigint, instrument: Instrument): SizedPosition {
  const { tickUnits, lotUnits } = instrument;
  const lots = (parseUnits(notional) * UNITS_PER_ONE) / (priceTicks * tickUnits * lotUnits);
  if (lots > 0n && lots <= BigInt(POSITION_LOTS_MAX)) return { ok: true, lots: Number(lots) };
  return outOfBounds(lots, `notional ${notional} at ${formatPrice(priceTicks, instrument)}`, instrument);
}

function outOfBounds(lots: bigint, size: string, { symbol, lotSize }: Instrument): SizedPosition {
  const bound = lots === 0n ? `at least one lot of ${lotSize}` : `at most ${POSITION_LOTS_MAX} lots of ${lotSize}`;
  return { ok: false, problem: `${symbol}: expected a position of ${bound}, found ${lots} lots for ${size}` };
}
