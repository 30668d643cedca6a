/**
 * Judges the rows of a dataset one after the other: a row that the normaliser, exec and agents can use comes out in the one form of recorded rows, and every
 * other row is refused with a reason. Pure.
 */
import { isEventTime } from '@flotilla/contracts/values/event-time.ts';
import { type RowFormat, unreachable } from '@flotilla/contracts';
import type { RowField } from '@flotilla/contracts/control/row-format.ts';
import { checkBar } from '../signals/bar-row.ts';
import { FieldError, malformed, quoteFound } from '../signals/field-error.ts';
import { checkQuote } from '../signals/quote-row.ts';
import { checkTrade } from '../signals/trade-row.ts';
import type { Dataset } from './dataset.ts';
import { type Line, LINE_BYTES_MAX } from './line-splitter.ts';
import { plainNumber } from './plain-number.ts';
import type { Header } from './read-header.ts';
import { compareMoments, formatMoment, makeMomentReader, type Moment, type ReadMoment } from './row-moment.ts';
import { splitLine } from './split-line.ts';

export type JudgedRow = UsableRow | RefusedRow;

export interface UsableRow {
  readonly ok: true;
  /** Line in the file, from 1. */
  readonly line: number;
  readonly instrument: string;
  /** Fields of the kind in their order, with commas between: time in UTC, plain decimals. */
  readonly body: string;
  /** When the row was known, milliseconds: a quote and a trade at their time, a bar at its close. */
  readonly knownAtMs: number;
}

export interface RefusedRow {
  readonly ok: false;
  readonly line: number;
  /** For people: column, what was expected, what was found. */
  readonly reason: string;
}

export type JudgeRow = (line: Line) => JudgedRow;

/** Judges remember the time of the last usable row, so each reading of a file needs a judge of its own. @throws FlotillaError `CONFIG_INVALID` for an unknown time zone. */
export function makeRowJudge(dataset: Dataset, header: Header): JudgeRow {
  const reader: RowReader = {
    dataset,
    header,
    readMoment: makeMomentReader(dataset.format),
    symbolMap: new Map((dataset.format.symbols ?? []).map(({ symbol, instrument }) => [symbol, instrument])),
  };
  let last: { readonly line: number; readonly knownAt: Moment } | undefined;
  return ({ number, text }) => {
    let fields: readonly string[] = [];
    try {
      fields = fieldsOf(text, reader);
      const { knownAt, ...row } = readRow(fields, reader);
      if (last !== undefined && compareMoments(knownAt, last.knownAt) < 0)
        throw malformed(
          'time',
          `a time not before that of line ${last.line} (${formatMoment(openingOf(last.knownAt, dataset.format))})`,
          formatMoment(openingOf(knownAt, dataset.format)),
        );
      last = { line: number, knownAt };
      return { ok: true, line: number, ...row, knownAtMs: knownAt.ms };
    } catch (error) {
      if (!(error instanceof FieldError)) throw error;
      return { ok: false, line: number, reason: reasonOf(error, fields, header) };
    }
  };
}

interface RowReader {
  readonly dataset: Dataset;
  readonly header: Header;
  readonly readMoment: ReadMoment;
  readonly symbolMap: ReadonlyMap<string, string>;
}

function fieldsOf(text: string | undefined, { dataset, header }: RowReader): readonly string[] {
  if (text === undefined) throw malformed('row', `a line of at most ${LINE_BYTES_MAX} bytes`, 'a longer one');
  if (text.trim() === '') throw malformed('row', `${header.width} fields`, 'an empty line');
  const fields = splitLine(text, dataset.format.delimiter);
  if (fields.length !== header.width) throw malformed('row', `${header.width} fields as in the header`, String(fields.length));
  return fields;
}

interface ReadRow {
  readonly instrument: string;
  readonly body: string;
  readonly knownAt: Moment;
}

function readRow(fields: readonly string[], reader: RowReader): ReadRow {
  const { format } = reader.dataset;
  const instrument = instrumentOf(fields, reader);
  const named = reader.readMoment(cell(fields, reader.header, 'time'));
  const { opening, knownAt } = momentsOf(named, format);
  const numbers = numbersOf(format, (field) => plainNumber(cell(fields, reader.header, field)));
  return { instrument, body: [formatMoment(opening), ...numbers].join(','), knownAt };
}

function cell(fields: readonly string[], { columns }: Header, field: RowField): string {
  return fields[columns.get(field)?.index ?? -1] ?? '';
}

/** The numbers of a row as plain decimals, in the order of the fields. @throws FieldError naming the bad field. */
function numbersOf({ kind }: RowFormat, numberOf: (field: RowField) => string): readonly string[] {
  switch (kind) {
    case 'Bars': {
      const bar = {
        open: numberOf('open'),
        high: numberOf('high'),
        low: numberOf('low'),
        close: numberOf('close'),
        volume: numberOf('volume'),
      };
      checkBar(bar);
      return [bar.open, bar.high, bar.low, bar.close, bar.volume];
    }
    case 'Quotes': {
      const quote = { bid: numberOf('bid'), ask: numberOf('ask') };
      checkQuote(quote);
      return [quote.bid, quote.ask];
    }
    case 'Trades': {
      const trade = { price: numberOf('price'), size: numberOf('size') };
      checkTrade(trade);
      return [trade.price, trade.size];
    }
    default:
      return unreachable(kind);
  }
}

function instrumentOf(fields: readonly string[], { dataset, header, symbolMap }: RowReader): string {
  if (dataset.instrument !== undefined) return dataset.instrument;
  const symbol = cell(fields, header, 'symbol');
  const instrument = symbolMap.get(symbol) ?? symbol;
  if (dataset.instruments.includes(instrument)) return instrument;
  throw malformed('symbol', 'a symbol of spec.replay.format.symbols or an instrument of the source', quoteFound(symbol));
}

/** When a bar opened and closed; for other rows both are their time. */
function momentsOf(named: Moment, { barMs = 0, barTime }: RowFormat): { readonly opening: Moment; readonly knownAt: Moment } {
  const opening = barTime === 'Close' ? { ...named, ms: named.ms - barMs } : named;
  const knownAt = { ...opening, ms: opening.ms + barMs };
  for (const moment of [opening, knownAt])
    if (!isEventTime(formatMoment(moment)))
      throw malformed('time', 'a bar that opens and closes at a time of market data', formatMoment(moment));
  return { opening, knownAt };
}

function openingOf(knownAt: Moment, { barMs = 0, barTime }: RowFormat): Moment {
  return barTime === 'Close' ? knownAt : { ...knownAt, ms: knownAt.ms - barMs };
}

/** Names the column as the header does, and shows the text of the file. */
function reasonOf(error: FieldError, fields: readonly string[], header: Header): string {
  const column = header.columns.get(error.field as RowField);
  if (column === undefined) return error.message;
  const text = fields[column.index];
  const isNumber = error.field !== 'time' && error.field !== 'symbol';
  const found = isNumber && text !== undefined ? (text === '' ? 'an empty field' : quoteFound(text)) : error.found;
  return `${column.name}: expected ${error.expected}, found ${found}`;
}
