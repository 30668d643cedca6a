/** Parses one recorded trade for the normaliser. */
import { checkNumber, PRICE_BOUNDS, SIZE_BOUNDS } from './exact-number.ts';
import { rowFields } from './row-fields.ts';
import { parseUtcTimeMs } from './utc-time.ts';

export interface TradeRow {
  readonly eventTime: string;
  readonly price: string;
  readonly size: string;
}

/** `time,price,size`. @throws FieldError naming the bad field. */
export function parseTradeRow(row: string): TradeRow {
  const [eventTime, price, size] = rowFields(row, ['time', 'price', 'size']);
  parseUtcTimeMs('time', eventTime);
  return { eventTime, ...checkTrade({ price, size }) };
}

/** The numbers of a trade as plain decimals. @throws FieldError naming the bad field. */
export function checkTrade({ price, size }: Pick<TradeRow, 'price' | 'size'>): Pick<TradeRow, 'price' | 'size'> {
  return { price: checkNumber('price', price, PRICE_BOUNDS), size: checkNumber('size', size, SIZE_BOUNDS) };
}
