/** One dataset as its source describes it, ready to be read: where its file is, and how its rows are written. Pure. */
import { FlotillaError, readRecord, type RowFormat, token } from '@flotilla/contracts';
import { BAR_MS_MAX, type RowKind } from '@flotilla/contracts/control/row-format.ts';
import { z } from 'zod';

export interface Dataset {
  readonly name: string;
  /** Name of the file, for people. */
  readonly file: string;
  readonly format: RowFormat;
  /** Instrument of every row; undefined when each row names its symbol. */
  readonly instrument: string | undefined;
  /** Instruments that rows may be about. */
  readonly instruments: readonly string[];
}

/** Formats of raw signals on the bus, by kind of row. */
export const RAW_FORMATS = { Bars: 'BAR_CSV', Quotes: 'QUOTE_CSV', Trades: 'TRADE_CSV' } as const satisfies Readonly<
  Record<RowKind, string>
>;

const entrySchema = z.discriminatedUnion('format', [
  z.strictObject({ format: z.literal('BAR_CSV'), instrument: token, barMs: z.int().min(1).max(BAR_MS_MAX) }),
  z.strictObject({ format: z.literal('QUOTE_CSV'), instrument: token }),
  z.strictObject({ format: z.literal('TRADE_CSV'), instrument: token }),
]);

const KINDS = { BAR_CSV: 'Bars', QUOTE_CSV: 'Quotes', TRADE_CSV: 'Trades' } as const;

/** The description of one dataset in `datasets.json`. */
export interface CatalogueEntry {
  readonly format: RowFormat;
  readonly instrument: string;
}

/**
 * Reads the entry of one dataset in `datasets.json`. Other entries are not read, so a bad entry stops no replay of another dataset. Columns have the
 * names of their fields, and times have Z or an offset.
 *
 * @throws FlotillaError `CONFIG_INVALID` when the catalogue is not a JSON object, or has no valid entry `name`.
 */
export function catalogueEntry(catalogueText: string, name: string): CatalogueEntry {
  const catalogue = readRecord(z.record(z.string(), z.unknown()), parseJson(catalogueText));
  if (!catalogue.ok) throw new FlotillaError('CONFIG_INVALID', `expected a valid datasets.json, found: ${catalogue.problem}`);
  const entry = Object.hasOwn(catalogue.value, name) ? catalogue.value[name] : undefined;
  if (entry === undefined)
    throw new FlotillaError(
      'CONFIG_INVALID',
      `expected datasets.json to describe ${name}, found no entry: add its instrument and format, or set spec.replay.format of the SignalSource`,
    );
  const read = readRecord(entrySchema, entry);
  if (!read.ok) throw new FlotillaError('CONFIG_INVALID', `expected a valid entry ${name} in datasets.json, found: ${read.problem}`);
  const { instrument } = read.value;
  const common = { kind: KINDS[read.value.format], delimiter: ',', columns: {}, time: 'Iso' } as const;
  return { instrument, format: read.value.format === 'BAR_CSV' ? { ...common, barMs: read.value.barMs } : common };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (cause) {
    throw new FlotillaError('CONFIG_INVALID', 'expected datasets.json to be JSON, found text that is not', { cause });
  }
}
