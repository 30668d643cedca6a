/** The words of an alert, as webhook and normaliser both read them out of a body. Every check here throws a FieldError. Pure. */
import { TOKEN_PATTERN } from '@flotilla/contracts';
import { describeValue, type ExactObject } from './exact-json.ts';
import { malformed, quoteFound, refused } from './field-error.ts';

export const ALERT_SIGNALS = ['BUY', 'SELL', 'FLAT'] as const;
export type AlertSignal = (typeof ALERT_SIGNALS)[number];

export interface AlertBody {
  readonly instrument: string;
  /** Above zero. */
  readonly price: string;
  readonly signal: AlertSignal;
  /** From 0 to 1. */
  readonly strength: string;
  /** When the sender saw the price, RFC 3339 in UTC; absent when the body does not say. */
  readonly time?: string;
  /** Names of fields that this build does not know. The caller accepts, counts and logs them. */
  readonly unknownFields: readonly string[];
}

/** Names of instruments in the sender's words (`COINBASE:BTCUSD`) and ours for each. */
export type SymbolMap = ReadonlyMap<string, string>;

export const NO_SYMBOLS: SymbolMap = new Map();

/** Words for a signal, in upper case. `LONG` and `SHORT` are what TradingView's `{{strategy.market_position}}` prints. */
const SIGNAL_WORDS: ReadonlyMap<string, AlertSignal> = new Map([
  ['BUY', 'BUY'],
  ['LONG', 'BUY'],
  ['SELL', 'SELL'],
  ['SHORT', 'SELL'],
  ['FLAT', 'FLAT'],
]);

/** The instrument that `found` names, directly or by `symbols`. Surrounding space does not count; upper and lower case do. */
export function checkInstrument(found: string, symbols: SymbolMap = NO_SYMBOLS): string {
  const name = found.trim();
  const instrument = symbols.get(name) ?? name;
  if (TOKEN_PATTERN.test(instrument)) return instrument;
  const expected = 'a name of 1 to 63 letters, digits, _ or -';
  throw malformed('instrument', symbols.size === 0 ? expected : `${expected}, or a symbol that the SignalSource maps`, quoteFound(found));
}

/** Case and surrounding space do not count: neither can turn one signal into another. */
export function checkSignal(found: string): AlertSignal {
  const word = found.trim();
  // ASCII only: the upper case of `ſ` is `S`.
  const signal = /^[A-Za-z]+$/.test(word) ? SIGNAL_WORDS.get(word.toUpperCase()) : undefined;
  if (signal !== undefined) return signal;
  throw refused('WEBHOOK_MALFORMED', 'signal', `${ALERT_SIGNALS.join(', ')}, LONG (the same as BUY) or SHORT (SELL)`, quoteFound(found));
}

/** A field that must be text. */
export function textField(body: ExactObject, field: string): string {
  const value = body.get(field);
  if (value?.type === 'string') return value.value;
  throw malformed(field, 'a string', describeValue(value));
}

/** A field that must be a number, or a string that holds one: either way its digits as written, without surrounding space. */
export function numberField(body: ExactObject, field: string): string {
  const value = body.get(field);
  if (value?.type === 'number') return value.source;
  if (value?.type === 'string') return value.value.trim();
  throw malformed(field, 'a number', describeValue(value));
}
