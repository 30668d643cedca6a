/** Parses one recorded quote for the normaliser. */
import { checkNumber, PRICE_BOUNDS } from './exact-number.ts';
import { parseUtcTimeMs } from './utc-time.ts';
import { quoteCondition, type QuoteCondition } from './quote-condition.ts';
import { rowFields } from './row-fields.ts';

export interface QuoteRow {
  readonly eventTime: string;
  readonly bid: string;
  readonly ask: string;
  readonly condition: QuoteCondition;
}

/** `time,bid,ask`. Locked and crossed quotes are kept and marked: feeds do send them. @throws FieldError naming the bad field. */
export function parseQuoteRow(row: string): QuoteRow {
  const [eventTime, bidText, askText] = rowFields(row, ['time', 'bid', 'ask']);
  parseUtcTimeMs('time', eventTime);
  const { bid, ask } = checkQuote({ bid: bidText, ask: askText });
  return { eventTime, bid, ask, condition: quoteCondition(bid, ask) };
}

/** The prices of a quote as plain decimals. @throws FieldError naming the bad field. */
export function checkQuote({ bid, ask }: Pick<QuoteRow, 'bid' | 'ask'>): Pick<QuoteRow, 'bid' | 'ask'> {
  return { bid: checkNumber('bid', bid, PRICE_BOUNDS), ask: checkNumber('ask', ask, PRICE_BOUNDS) };
}
