/** Parses one recorded bar for the normaliser. */
import { compareDecimals, formatTime, parseDecimal } from '@flotilla/contracts';
import { checkNumber, PRICE_BOUNDS, VOLUME_BOUNDS } from './exact-number.ts';
import { refused } from './field-error.ts';
import { parseUtcTimeMs } from './utc-time.ts';
import { rowFields } from './row-fields.ts';

export interface BarRow {
  readonly openTime: string;
  /** When the bar closed: the first moment at which its content is known. */
  readonly eventTime: string;
  readonly open: string;
  readonly high: string;
  readonly low: string;
  readonly close: string;
  readonly volume: string;
}

/** `time,open,high,low,close,volume`, where `time` is when the bar opened. @throws FieldError naming the bad field. */
export function parseBarRow(row: string, barMs: number): BarRow {
  const [time, openText, highText, lowText, closeText, volumeText] = rowFields(row, ['time', 'open', 'high', 'low', 'close', 'volume']);
  const openTimeMs = parseUtcTimeMs('time', time);
  const numbers = checkBar({ open: openText, high: highText, low: lowText, close: closeText, volume: volumeText });
  return { openTime: formatTime(openTimeMs), eventTime: formatTime(openTimeMs + barMs), ...numbers };
}

export type BarNumbers = Omit<BarRow, 'openTime' | 'eventTime'>;

/** The numbers of a bar as plain decimals. @throws FieldError naming the bad field, also when a price lies outside of low and high. */
export function checkBar({ open, high, low, close, volume }: BarNumbers): BarNumbers {
  const bar: BarNumbers = {
    open: checkNumber('open', open, PRICE_BOUNDS),
    high: checkNumber('high', high, PRICE_BOUNDS),
    low: checkNumber('low', low, PRICE_BOUNDS),
    close: checkNumber('close', close, PRICE_BOUNDS),
    volume: checkNumber('volume', volume, VOLUME_BOUNDS),
  };
  checkRange(bar);
  return bar;
}

/** Opening and closing price of an undamaged bar lie within its range. */
function checkRange(bar: BarNumbers): void {
  const high = parseDecimal(bar.high);
  const low = parseDecimal(bar.low);
  for (const field of ['low', 'open', 'close'] as const) {
    const value = parseDecimal(bar[field]);
    if (compareDecimals(value, high) > 0 || compareDecimals(value, low) < 0) {
      throw refused('NUMBER_OUT_OF_RANGE', field, `between low ${bar.low} and high ${bar.high}`, bar[field]);
    }
  }
}
