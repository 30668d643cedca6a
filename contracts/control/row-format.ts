/** How the rows of recorded data are written, for the sources file of the gateway. `spec.replay.format` of a SignalSource says the same to people. */
import { z } from 'zod';
import { token } from '../values/scalars.ts';

/** Bound on the symbols that one source maps. */
export const SYMBOLS_MAX = 64;

export const ROW_KINDS = ['Bars', 'Quotes', 'Trades'] as const;
export type RowKind = (typeof ROW_KINDS)[number];

/** The fields of a row of each kind, in the order of a recorded row on the bus. */
export const ROW_FIELDS = {
  Bars: ['time', 'open', 'high', 'low', 'close', 'volume'],
  Quotes: ['time', 'bid', 'ask'],
  Trades: ['time', 'price', 'size'],
} as const satisfies Readonly<Record<RowKind, readonly string[]>>;
export type RowField = (typeof ROW_FIELDS)[RowKind][number] | 'symbol';

/** Iso: a date and a time of day. The others: a number since 1970-01-01T00:00:00Z. */
export const TIME_FORMATS = ['Iso', 'EpochSeconds', 'EpochMilliseconds', 'EpochMicroseconds', 'EpochNanoseconds'] as const;

/** Longest bar that a recorded row may stand for: a day. */
export const BAR_MS_MAX = 86_400_000;

/** Texts of a spec have 64 characters at most, which may be twice as many code units. */
const text = z.string().min(1).max(128);
const header = text;

export const rowFormatSchema = z.strictObject({
  kind: z.enum(ROW_KINDS),
  /** Length of a bar, milliseconds; present with Bars. */
  barMs: z.int().min(1).max(BAR_MS_MAX).optional(),
  /** Close: the time of a bar is when it closed. Absent: when it opened. */
  barTime: z.enum(['Open', 'Close']).optional(),
  delimiter: z.enum([',', ';', '\t', '|']),
  /** Names in the header. A field that is absent has its own name in the header. Rows name an instrument only when `symbol` is present. */
  columns: z.strictObject({
    time: header.optional(),
    open: header.optional(),
    high: header.optional(),
    low: header.optional(),
    close: header.optional(),
    volume: header.optional(),
    bid: header.optional(),
    ask: header.optional(),
    price: header.optional(),
    size: header.optional(),
    symbol: header.optional(),
  } satisfies Readonly<Record<RowField, z.ZodType>>),
  time: z.enum(TIME_FORMATS),
  /** IANA name of the zone of times without an offset. Absent: such times are refused. */
  timeZone: z.string().min(1).max(64).optional(),
  /** Symbols of rows and the instrument of each. A symbol that is not listed has to be an instrument of the source. */
  symbols: z
    .array(z.strictObject({ symbol: text, instrument: token }))
    .max(SYMBOLS_MAX)
    .optional(),
});
export type RowFormat = z.infer<typeof rowFormatSchema>;
