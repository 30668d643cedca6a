/** What a webhook body says, in our words; every check here throws a FieldError. */
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
  /** When the sender saw it, RFC 3339 in UTC; absent when the body does not say. */
  readonly time?: string;
  /** Names of fields that this build does not know: accepted, counted and logged by the caller. */
  readonly unknownFields: readonly string[];
}

export function checkInstrument(found: string): string {
  if (TOKEN_PATTERN.test(found)) return found;
  throw malformed('instrument', 'a name of 1 to 63 letters, digits, _ or -', quoteFound(found));
}

export function checkSignal(found: string): AlertSignal {
  const signal = ALERT_SIGNALS.find((candidate) => candidate === found);
  if (signal !== undefined) return signal;
  throw refused('WEBHOOK_MALFORMED', 'signal', ALERT_SIGNALS.join(', '), quoteFound(found));
}

/** A field that must be text. */
export function textField(body: ExactObject, field: string): string {
  const value = body.get(field);
  if (value?.type === 'string') return value.value;
  throw malformed(field, 'a string', describeValue(value));
}

/** A field that must be a number, or a string that holds one: either way its digits as written. */
export function numberField(body: ExactObject, field: string): string {
  const value = body.get(field);
  if (value?.type === 'number') return value.source;
  if (value?.type === 'string') return value.value;
  throw malformed(field, 'a number', describeValue(value));
}

/** Bytes as received to text. */
export function decodeBody(body: Uint8Array): string {
  try {
    return decoder.decode(body);
  } catch {
    throw malformed('body', 'UTF-8 text', `${body.byteLength} bytes that are not`);
  }
}

// A byte order mark stays in the text: the raw signal keeps what was received, and JSON does not allow one.
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
