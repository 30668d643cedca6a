/** Recorded datasets: `<name>.csv` in the data folder, and `datasets.json` beside them with instrument and format of each. Pure. */
import { FlotillaError, readRecord, token } from '@flotilla/contracts';
import { z } from 'zod';

export const datasetSchema = z.discriminatedUnion('format', [
  z.strictObject({ format: z.literal('BAR_CSV'), instrument: token, barMs: z.int().min(1).max(86_400_000) }),
  z.strictObject({ format: z.literal('QUOTE_CSV'), instrument: token }),
]);
export type Dataset = z.infer<typeof datasetSchema>;

const HEADER_LINES = { BAR_CSV: 'time,open,high,low,close,volume', QUOTE_CSV: 'time,bid,ask' } as const;

/** Largest file that a replay reads into memory; a larger one has to be split. */
export const DATASET_BYTES_MAX = 64 * 1024 * 1024;

/**
 * Reads the entry of one dataset in `datasets.json`. Other entries are not read, so a bad entry stops no replay of another dataset.
 *
 * @throws FlotillaError `CONFIG_INVALID` when the catalogue is not a JSON object, or has no valid entry `name`.
 */
export function datasetOf(catalogueText: string, name: string): Dataset {
  const catalogue = readRecord(z.record(z.string(), z.unknown()), parseJson(catalogueText));
  if (!catalogue.ok) throw new FlotillaError('CONFIG_INVALID', `expected a valid datasets.json, found: ${catalogue.problem}`);
  const entry = Object.hasOwn(catalogue.value, name) ? catalogue.value[name] : undefined;
  if (entry === undefined)
    throw new FlotillaError('CONFIG_INVALID', `expected datasets.json to describe ${name}, found no entry: add its instrument and format`);
  const dataset = readRecord(datasetSchema, entry);
  if (dataset.ok) return dataset.value;
  throw new FlotillaError('CONFIG_INVALID', `expected a valid entry ${name} in datasets.json, found: ${dataset.problem}`);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (cause) {
    throw new FlotillaError('CONFIG_INVALID', 'expected datasets.json to be JSON, found text that is not', { cause });
  }
}

/** The data rows of a file. The bytes of the file stay as they are, so a dataset takes no more memory than its file and four bytes a row. */
export interface DatasetRows {
  readonly count: number;
  /** Bytes held in memory. */
  readonly bytes: number;
  /** Text of a row without its line end; rows count from 0. Empty beyond the last row. */
  textOf(row: number): string;
}

/** Rows of `file` behind its header. @throws FlotillaError `CONFIG_INVALID` when the header is not the one of the format. */
export function indexRows(dataset: Dataset, file: Uint8Array): DatasetRows {
  const bytes = Buffer.from(file.buffer, file.byteOffset, file.byteLength);
  const starts = lineStarts(bytes);
  const textOf = (line: number): string => {
    const [start, next] = [starts[line], starts[line + 1]];
    return start === undefined || next === undefined ? '' : bytes.toString('utf8', start, next).replace(/\r?\n$/, '');
  };
  const header = textOf(0);
  const expected = HEADER_LINES[dataset.format];
  if (header !== expected) {
    throw new FlotillaError('CONFIG_INVALID', `expected the header ${expected}, found ${JSON.stringify(header.slice(0, 80))}`);
  }
  let lines = starts.length - 1;
  while (lines > 1 && textOf(lines - 1) === '') lines -= 1;
  const count = lines - 1;
  return { count, bytes: bytes.byteLength + starts.byteLength, textOf: (row) => (row >= 0 && row < count ? textOf(row + 1) : '') };
}

/** Byte offsets at which lines begin, and the end of the file behind the last one. */
function lineStarts(bytes: Buffer): Uint32Array {
  let lines = 1;
  for (let at = bytes.indexOf(LINE_FEED); at >= 0; at = bytes.indexOf(LINE_FEED, at + 1)) lines += 1;
  const starts = new Uint32Array(lines + 1);
  let line = 0;
  for (let at = bytes.indexOf(LINE_FEED); at >= 0; at = bytes.indexOf(LINE_FEED, at + 1)) starts[(line += 1)] = at + 1;
  starts[lines] = bytes.byteLength;
  return starts;
}

const LINE_FEED = 0x0a;

/** When the row was known, milliseconds: a quote at its time, a bar at its close. Undefined when its time cannot be read. */
export function rowKnownAtMs(dataset: Dataset, row: string): number | undefined {
  const timeMs = Date.parse(row.slice(0, row.indexOf(',')));
  if (Number.isNaN(timeMs)) return undefined;
  return dataset.format === 'BAR_CSV' ? timeMs + dataset.barMs : timeMs;
}
