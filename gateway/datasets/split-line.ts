/**
 * Splits one line of a CSV file into its fields (RFC 4180), for recorded data. A field in double quotes may hold the delimiter and doubled quotes, and
 * ends on its line: one forgotten quote must not make the rest of the file one field. Pure.
 */
import { malformed, quoteFound } from '../signals/field-error.ts';

const QUOTE = '"';

/** The fields without quotes and without space around them. @throws FieldError of the field `row` when a quote is not closed, or text follows it. */
export function splitLine(line: string, delimiter: string): readonly string[] {
  if (!line.includes(QUOTE)) return line.split(delimiter).map((field) => field.trim());
  const fields: string[] = [];
  let at = 0;
  for (;;) {
    const field = line.slice(at).trimStart().startsWith(QUOTE) ? quotedField(line, at, delimiter) : plainField(line, at, delimiter);
    fields.push(field.text);
    if (field.end >= line.length) return fields;
    at = field.end + delimiter.length;
  }
}

interface Field {
  readonly text: string;
  /** Where the delimiter behind the field stands; the length of the line for the last field. */
  readonly end: number;
}

function plainField(line: string, start: number, delimiter: string): Field {
  const found = line.indexOf(delimiter, start);
  const end = found === -1 ? line.length : found;
  const text = line.slice(start, end).trim();
  if (text.includes(QUOTE)) throw malformed('row', 'a double quote at the beginning and the end of a field alone', quoteFound(text));
  return { text, end };
}

function quotedField(line: string, start: number, delimiter: string): Field {
  const opening = line.indexOf(QUOTE, start);
  let text = '';
  let at = opening + 1;
  for (;;) {
    const quote = line.indexOf(QUOTE, at);
    if (quote === -1) throw malformed('row', 'a double quote that ends on its line', quoteFound(line.slice(opening)));
    text += line.slice(at, quote);
    if (line[quote + 1] !== QUOTE) {
      const found = line.indexOf(delimiter, quote + 1);
      const end = found === -1 ? line.length : found;
      const rest = line.slice(quote + 1, end).trim();
      if (rest !== '') throw malformed('row', 'a delimiter behind a closing double quote', quoteFound(rest));
      return { text: text.trim(), end };
    }
    text += QUOTE;
    at = quote + 2;
  }
}
