/** Recorded datasets: `<name>.csv` in the data folder, and `datasets.json` beside them that says what each is about. Pure. */
import { FlotillaError, token } from '@flotilla/contracts';
import { z } from 'zod';

export const datasetSchema = z.discriminatedUnion('format', [
  z.strictObject({ format: z.literal('BAR_CSV'), instrument: token, barMs: z.int().min(1).max(86_400_000) }),
  z.strictObject({ format: z.literal('QUOTE_CSV'), instrument: token }),
]);
export type Dataset = z.infer<typeof datasetSchema>;

const catalogueSchema = z.record(token, datasetSchema);

const HEADER_LINES = { BAR_CSV: 'time,open,high,low,close,volume', QUOTE_CSV: 'time,bid,ask' } as const;

/** Files above it would not fit in memory beside everything else; split them. */
export const DATASET_BYTES_MAX = 64 * 1024 * 1024;

/** @throws FlotillaError `CONFIG_INVALID` when the catalogue is no JSON of the right shape or lacks `name`. */
export function datasetOf(catalogueText: string, name: string): Dataset {
  let value: unknown;
  try {
    value = JSON.parse(catalogueText);
  } catch (cause) {
    throw new FlotillaError('CONFIG_INVALID', 'expected datasets.json to be JSON, found text that is not', { cause });
  }
  const result = catalogueSchema.safeParse(value);
  if (!result.success) throw new FlotillaError('CONFIG_INVALID', `expected a valid datasets.json, found: ${z.prettifyError(result.error)}`);
  const dataset = result.data[name];
  if (dataset !== undefined) return dataset;
  throw new FlotillaError(
    'CONFIG_INVALID',
    `expected datasets.json to describe ${name}, found nothing about it: add its instrument and format`,
  );
}

/** The data rows without header and line ends; rows count from 0. @throws FlotillaError `CONFIG_INVALID` when the header is another one. */
export function datasetRows(dataset: Dataset, text: string): readonly string[] {
  const lines = text.split(/\r?\n/);
  const header = lines.shift() ?? '';
  const expected = HEADER_LINES[dataset.format];
  if (header !== expected) {
    throw new FlotillaError('CONFIG_INVALID', `expected the header ${expected}, found ${JSON.stringify(header.slice(0, 80))}`);
  }
  while (lines.at(-1) === '') lines.pop();
  return lines;
}

/** When the row was known, milliseconds: a quote at its time, a bar at its close. Undefined when its time cannot be read. */
export function rowKnownAtMs(dataset: Dataset, row: string): number | undefined {
  const timeMs = Date.parse(row.slice(0, row.indexOf(',')));
  if (Number.isNaN(timeMs)) return undefined;
  return dataset.format === 'BAR_CSV' ? timeMs + dataset.barMs : timeMs;
}
