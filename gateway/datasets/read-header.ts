/** Finds the columns of a dataset in the header of its file. Pure. */
import { FlotillaError, type RowFormat } from '@flotilla/contracts';
import { ROW_FIELDS, type RowField } from '@flotilla/contracts/control/row-format.ts';
import { FieldError } from '../signals/field-error.ts';
import { splitLine } from './split-line.ts';

export interface Header {
  /** Number of columns. */
  readonly width: number;
  /** Where the fields of the kind stand, and the symbol if rows name one. */
  readonly columns: ReadonlyMap<RowField, Column>;
}

export interface Column {
  /** As the header writes it, without space around. */
  readonly name: string;
  /** From 0. */
  readonly index: number;
}

const LINE_SHOWN_MAX = 80;

/**
 * The case of names and space around them do not matter. Columns that the format does not name are ignored.
 *
 * @param line First line of the file; undefined for an empty file or a line that is too long.
 * @throws FlotillaError `CONFIG_INVALID` when a column is missing, or two columns have the name.
 */
export function readHeader(line: string | undefined, format: RowFormat): Header {
  const names = splitHeader(line ?? '', format);
  const fields: readonly RowField[] = [...ROW_FIELDS[format.kind], ...(format.columns.symbol === undefined ? [] : ['symbol' as const])];
  const wanted = fields.map((field) => [field, format.columns[field] ?? field] as const);
  const found = wanted.map(([field, name]) => [field, findColumn(names, name)] as const);
  const missing = wanted.filter((_, index) => found[index]?.[1] === undefined).map(([, name]) => name);
  if (missing.length > 0) throw missingColumns(missing, line ?? '', names, format);
  return { width: names.length, columns: new Map(found.flatMap(([field, column]) => (column === undefined ? [] : [[field, column]]))) };
}

function splitHeader(line: string, { delimiter }: RowFormat): readonly string[] {
  try {
    return splitLine(line, delimiter);
  } catch (cause) {
    if (!(cause instanceof FieldError)) throw cause;
    throw new FlotillaError('CONFIG_INVALID', `the header cannot be read: ${cause.message}`, { cause });
  }
}

/** A name that fits one column exactly is that column, also when another one differs in case alone. */
function findColumn(names: readonly string[], wanted: string): Column | undefined {
  const exact = matches(names, (name) => name === wanted.trim());
  const similar = exact.length > 0 ? exact : matches(names, (name) => name.toLowerCase() === wanted.trim().toLowerCase());
  if (similar.length <= 1) return similar[0];
  throw new FlotillaError(
    'CONFIG_INVALID',
    `expected one column ${wanted} in the header, found ${similar.length}: ${similar.map(({ name }) => name).join(', ')}; name one of them exactly in spec.replay.format.columns, or rename the others`,
  );
}

function matches(names: readonly string[], isMatch: (name: string) => boolean): readonly Column[] {
  return names.map((name, index) => ({ name, index })).filter(({ name }) => isMatch(name));
}

function missingColumns(missing: readonly string[], line: string, names: readonly string[], { delimiter }: RowFormat): FlotillaError {
  const shown = JSON.stringify(line.length > LINE_SHOWN_MAX ? `${line.slice(0, LINE_SHOWN_MAX)}…` : line);
  const other = [',', ';', '\t', '|'].find((one) => one !== delimiter && line.includes(one));
  const hint = line.includes('\u0000')
    ? 'write the file as UTF-8'
    : names.length === 1 && other !== undefined
      ? `is spec.replay.format.delimiter right? The line holds ${JSON.stringify(other)}`
      : 'name the columns in spec.replay.format.columns, and begin the file with a header';
  const columns = missing.length === 1 ? 'a column' : 'the columns';
  return new FlotillaError('CONFIG_INVALID', `expected ${columns} ${missing.join(', ')} in the header, found ${shown}: ${hint}`);
}
