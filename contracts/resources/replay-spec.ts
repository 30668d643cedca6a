/** Settings of the scheme Replay of a SignalSource: which datasets, where their files are, and how their rows are written. */
import { z } from 'zod';
import { ROW_KINDS, SYMBOLS_MAX, TIME_FORMATS } from '../control/row-format.ts';
import { token } from '../values/scalars.ts';
import { freeText, listMap, listSet, withRules } from './fields.ts';

/**
 * A person who may write SignalSources shall not read other ConfigMaps and claims of the namespace through the gateway. The name decides, as for Secrets of
 * webhooks: only a person who may create such an object can give it the name, no service has to read the object to know the name, and a name cannot be
 * changed (ADR 0110).
 */
const DATASET_NAME = /^[a-z0-9]([a-z0-9.-]*[a-z0-9])?-dataset$/;
const HEADER_LENGTH_MAX = 64;

/** Delimiters by their names in a spec. */
export const DELIMITERS = { Comma: ',', Semicolon: ';', Tab: '\t', Pipe: '|' } as const;

const datasetName = z.string().min(1).max(253).regex(DATASET_NAME);

const from = withRules(
  z.strictObject({
    configMap: z
      .strictObject({
        name: datasetName.describe('Name of the ConfigMap, in the same namespace. Must end in -dataset.'),
      })
      .optional()
      .describe('ConfigMap that holds each dataset as the key <dataset>.csv. A ConfigMap holds 1 MiB at most.'),
    volumeClaim: z
      .strictObject({
        name: datasetName.describe('Name of the PersistentVolumeClaim, in the same namespace. Must end in -dataset.'),
        path: z
          .string()
          .min(1)
          .max(256)
          .regex(/^[A-Za-z0-9_][A-Za-z0-9._-]*(\/[A-Za-z0-9_][A-Za-z0-9._-]*)*$/)
          .optional()
          .describe('Folder of the volume that holds the files. Default: the root of the volume.'),
      })
      .optional()
      .describe('PersistentVolumeClaim whose volume holds each dataset as the file <dataset>.csv. The gateway mounts it read-only.'),
  }),
  [
    {
      cel: { rule: 'has(self.configMap) != has(self.volumeClaim)', message: 'name either a configMap or a volumeClaim' },
      holds: ({ configMap, volumeClaim }) => (configMap === undefined) !== (volumeClaim === undefined),
    },
  ],
);

const header = freeText(HEADER_LENGTH_MAX).optional();
const headerOf = (field: string, more = ''): z.ZodOptional<z.ZodString> =>
  header.describe(`Name of the column with the ${field}, as in the header. Upper and lower case do not matter.${more}`);

const columns = z.strictObject({
  time: headerOf('time', ' The default is time.'),
  open: headerOf('opening price of a bar', ' The default is open.'),
  high: headerOf('highest price of a bar', ' The default is high.'),
  low: headerOf('lowest price of a bar', ' The default is low.'),
  close: headerOf('closing price of a bar', ' The default is close.'),
  volume: headerOf('volume of a bar', ' The default is volume.'),
  bid: headerOf('bid of a quote', ' The default is bid.'),
  ask: headerOf('ask of a quote', ' The default is ask.'),
  price: headerOf('price of a trade', ' The default is price.'),
  size: headerOf('quantity of a trade', ' The default is size.'),
  symbol: headerOf('symbol of a row', ' Default: every row is about the one instrument of spec.instruments.'),
});

const symbols = listMap(
  z.strictObject({
    symbol: freeText(64).describe('Symbol as the rows write it, for example XBTUSD.'),
    instrument: token.describe('Instrument that the symbol stands for; one of spec.instruments.'),
  }),
  ['symbol'],
  SYMBOLS_MAX,
);

const formatFields = z.strictObject({
  kind: z
    .enum(ROW_KINDS)
    .describe('Kind of the rows. Bars: open, high, low, close and volume. Quotes: bid and ask. Trades: price and size.'),
  barSeconds: z.int().min(1).max(86_400).optional().describe('Length of a bar in seconds. Required for Bars and for no other kind.'),
  barTime: z
    .enum(['Open', 'Close'])
    .optional()
    .describe('Moment that the time of a bar names: its opening or its close. The default is Open. The field belongs to Bars alone.'),
  delimiter: z
    .enum(['Comma', 'Semicolon', 'Tab', 'Pipe'])
    .default('Comma')
    .describe('Character between the fields of a row. A field in double quotes may hold it.'),
  columns: columns.optional().describe('Names of the columns in the header. Default: the names of the fields.'),
  time: z
    .enum(TIME_FORMATS)
    .default('Iso')
    .describe(
      'Form of a time. Iso: 2018-04-04T00:00:00Z, 2018-04-04 00:00 or 2018-04-04. EpochSeconds and the others: a number since 1970-01-01T00:00:00Z.',
    ),
  timeZone: z
    .string()
    .min(1)
    .max(64)
    .regex(/^[A-Za-z0-9]([A-Za-z0-9_+/-]*[A-Za-z0-9])?$/)
    .optional()
    .describe(
      'IANA time zone of times without an offset, for example America/New_York. The field belongs to Iso alone. Default: the gateway refuses such times, because they name no moment.',
    ),
  symbols: symbols
    .optional()
    .describe('Symbols of rows and the instrument of each. A symbol that is not listed must be an instrument of spec.instruments.'),
});

const format = withRules(formatFields, [
  {
    cel: {
      rule: "(self.kind == 'Bars') == has(self.barSeconds)",
      message: 'barSeconds is required for the kind Bars and for no other',
    },
    holds: ({ kind, barSeconds }) => (kind === 'Bars') === (barSeconds !== undefined),
  },
  {
    cel: { rule: "self.kind == 'Bars' || !has(self.barTime)", message: 'barTime belongs to the kind Bars alone' },
    holds: ({ kind, barTime }) => kind === 'Bars' || barTime === undefined,
  },
  {
    cel: {
      rule: "self.time == 'Iso' || !has(self.timeZone)",
      message: 'timeZone belongs to the time Iso alone: a number since 1970 has no zone',
    },
    holds: ({ time, timeZone }) => time === 'Iso' || timeZone === undefined,
  },
  {
    cel: {
      rule: '!has(self.symbols) || (has(self.columns) && has(self.columns.symbol))',
      message: 'symbols need columns.symbol, the column that holds them',
    },
    holds: ({ symbols: mapped, columns: named }) => mapped === undefined || named?.symbol !== undefined,
  },
]);
export type ReplayFormat = z.infer<typeof format>;

export const replaySpecSchema = z.strictObject({
  datasets: listSet(token, 64, 1).describe('Datasets that may be replayed: files or keys, without the ending .csv.'),
  from: from
    .optional()
    .describe('Object that holds the files of the datasets. Default: the data folder of the gateway, which comes with its image.'),
  format: format
    .optional()
    .describe('Form of the rows of all datasets of the source. Default: the file datasets.json beside the datasets describes each.'),
});
