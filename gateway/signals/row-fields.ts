/** Splits a recorded row into its named fields, for the parsers of bars and quotes. */
import { FieldError, quoteFound } from './field-error.ts';

/** Splits a recorded row and checks that it has as many fields as `names`. @throws FieldError `EVENT_MALFORMED`. */
export function rowFields<const Names extends readonly string[]>(row: string, names: Names): { readonly [Index in keyof Names]: string } {
  const fields = row.split(',', names.length + 1);
  if (fields.length === names.length) return fields as unknown as { readonly [Index in keyof Names]: string };
  throw new FieldError('MALFORMED', 'EVENT_MALFORMED', 'row', names.join(','), quoteFound(row));
}
