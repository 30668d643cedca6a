/** The body of the `Hmac` scheme, one flat JSON object. Pure. */
import { type AlertBody, checkInstrument, checkSignal, numberField, textField } from './alert-body.ts';
import { parseExactJson } from './exact-json.ts';
import { checkNumber, PRICE_BOUNDS, STRENGTH_BOUNDS } from './exact-number.ts';

const FIELDS: ReadonlySet<string> = new Set(['instrument', 'price', 'signal', 'strength']);

/**
 * Reads `{"instrument":"BTC-USD","price":611.87,"signal":"BUY","strength":0.8}`; all four fields are required.
 *
 * @throws FieldError naming the first bad field.
 */
export function parseGenericBody(text: string): AlertBody {
  const body = parseExactJson(text);
  return {
    instrument: checkInstrument(textField(body, 'instrument')),
    price: checkNumber('price', numberField(body, 'price'), PRICE_BOUNDS),
    signal: checkSignal(textField(body, 'signal')),
    strength: checkNumber('strength', numberField(body, 'strength'), STRENGTH_BOUNDS),
    unknownFields: [...body.keys()].filter((field) => !FIELDS.has(field)),
  };
}
