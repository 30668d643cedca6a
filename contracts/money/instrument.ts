/** Instruments: the size of one tick and of one lot, as a definition and prepared for arithmetic. */
import { z } from 'zod';
import { MONEY_SCALE, parseDecimal } from './decimal.ts';
import { FlotillaError } from '../errors/errors.ts';
import { parseUnits } from './fixed-point.ts';
import { positiveDecimal, token } from '../values/scalars.ts';

export const instrumentDefinitionSchema = z
  .strictObject({
    symbol: token.describe('Name of the instrument as it stands in subjects and strategies, for example BTC-USD.'),
    tickSize: positiveDecimal.describe('Smallest price step, in the quote currency, for example "0.01".'),
    lotSize: positiveDecimal.describe('Smallest quantity step, in units of the base asset, for example "0.00000001".'),
    displayedQuantity: positiveDecimal
      .optional()
      .describe(
        'Quantity that the paper venue takes as shown at the best price when the market data carries no size. Default: one lot times 1,000,000.',
      ),
  })
  .describe('What one price step and one quantity step of an instrument are.');

export type InstrumentDefinition = z.infer<typeof instrumentDefinitionSchema>;

/** A definition prepared for arithmetic; make one per instrument at start with {@link makeInstrument}. */
export interface Instrument extends InstrumentDefinition {
  /** One tick in units of 10^-18 of the quote currency. */
  readonly tickUnits: bigint;
  /** One lot in units of 10^-18 of the base asset. */
  readonly lotUnits: bigint;
}

/** @throws FlotillaError `NUMBER_INVALID`, or `NUMBER_TOO_PRECISE` when tick and lot together need more than 18 decimal places. */
export function makeInstrument(definition: InstrumentDefinition): Instrument {
  const tick = parseDecimal(definition.tickSize);
  const lot = parseDecimal(definition.lotSize);
  const scale = tick.scale + lot.scale;
  if (scale > MONEY_SCALE) {
    throw new FlotillaError(
      'NUMBER_TOO_PRECISE',
      `expected tick and lot size of ${definition.symbol} to have at most ${MONEY_SCALE} decimal places together, found ${scale}`,
    );
  }
  return { ...definition, tickUnits: parseUnits(definition.tickSize), lotUnits: parseUnits(definition.lotSize) };
}

/** Instruments known without any definition in a Portfolio; a Portfolio's own definition of the same symbol wins. */
export const INSTRUMENT_CATALOGUE: readonly InstrumentDefinition[] = [
  { symbol: 'BTC-USD', tickSize: '0.01', lotSize: '0.00000001', displayedQuantity: '1' },
  { symbol: 'ETH-USD', tickSize: '0.01', lotSize: '0.00000001', displayedQuantity: '10' },
  { symbol: 'EUR-USD', tickSize: '0.00001', lotSize: '1', displayedQuantity: '1000000' },
  { symbol: 'SPY', tickSize: '0.0001', lotSize: '1', displayedQuantity: '1000' },
  { symbol: 'AAPL', tickSize: '0.0001', lotSize: '1', displayedQuantity: '1000' },
];
