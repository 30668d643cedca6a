/**
 * The body of the `TradingView` scheme: the text that a person types into the "Message" box of an alert. Two forms:
 *
 * - text: `<signal> <instrument> <price> [<strength> [<time>]]`, one space or line break between, for example
 *   `{{strategy.order.action}} BTC-USD {{close}} 1 {{timenow}}`
 * - JSON: the generic body with `strength` and `time` optional, for example
 *   `{"signal":"{{strategy.order.action}}","instrument":"BTC-USD","price":{{close}},"time":"{{timenow}}"}`
 *
 * `instrument` may be a symbol of the chart (`{{ticker}}`) that the SignalSource maps to an instrument. `strength` is 1 when absent.
 * The first character decides the form: TradingView guesses the content type, so the content type decides nothing.
 */
import { type AlertBody, checkInstrument, checkSignal, numberField, type SymbolMap, textField } from './alert-body.ts';
import { parseExactJson } from './exact-json.ts';
import { checkNumber, PRICE_BOUNDS, STRENGTH_BOUNDS } from './exact-number.ts';
import { malformed } from './field-error.ts';
import { describePlaceholder } from './placeholder.ts';
import { parseUtcTimeMs } from './utc-time.ts';

const FIELDS: ReadonlySet<string> = new Set(['instrument', 'price', 'signal', 'strength', 'time']);
const DEFAULT_STRENGTH = '1';

interface Words {
  readonly instrument: string;
  readonly price: string;
  readonly signal: string;
  readonly strength: string | undefined;
  readonly time: string | undefined;
  readonly unknownFields: readonly string[];
}

/** @throws FieldError naming the first bad field. */
export function parseTradingViewBody(text: string, symbols: SymbolMap): AlertBody {
  const words = text.trimStart().startsWith('{') ? jsonWords(text) : textWords(text);
  if (words.time !== undefined) parseUtcTimeMs('time', words.time);
  return {
    instrument: checkInstrument(words.instrument, symbols),
    price: checkNumber('price', words.price, PRICE_BOUNDS),
    signal: checkSignal(words.signal),
    strength: checkNumber('strength', words.strength ?? DEFAULT_STRENGTH, STRENGTH_BOUNDS),
    ...(words.time === undefined ? {} : { time: words.time }),
    unknownFields: words.unknownFields,
  };
}

function jsonWords(text: string): Words {
  const body = parseExactJson(text);
  return {
    instrument: textField(body, 'instrument'),
    price: numberField(body, 'price'),
    signal: textField(body, 'signal'),
    strength: body.has('strength') ? numberField(body, 'strength') : undefined,
    time: body.has('time') ? textField(body, 'time').trim() : undefined,
    unknownFields: [...body.keys()].filter((field) => !FIELDS.has(field)),
  };
}

function textWords(text: string): Words {
  const words = text.trim().split(/\s+/, WORDS_MAX + 1);
  const [signal, instrument, price, strength, time] = words;
  if (signal === undefined || instrument === undefined || price === undefined || words.length > WORDS_MAX) {
    const count = `${words.length > WORDS_MAX ? 'more than 5' : words.length} words`;
    const found = text.trim() === '' ? 'nothing' : (describePlaceholder(text) ?? count);
    throw malformed('body', 'signal, instrument, price and optionally strength and time, with blanks between, or JSON', found);
  }
  return { signal, instrument, price, strength, time, unknownFields: [] };
}

const WORDS_MAX = 5;
