/** The body of an authentic request: understood, about an instrument of its source, and not stale. Pure. */
import { sha256, WEBHOOK_CLOCK_SKEW_MS_MAX } from '@flotilla/contracts';
import { decodeBody } from '../signals/decode-body.ts';
import type { AlertBody } from '../signals/alert-body.ts';
import type { Authentication } from './authenticate.ts';
import { quoteFound, refused } from '../signals/field-error.ts';
import { parseGenericBody } from '../signals/generic-body.ts';
import { parseTradingViewBody } from '../signals/tradingview-body.ts';
import { parseUtcTimeMs } from '../signals/utc-time.ts';

export interface AuthenticBody {
  readonly text: string;
  readonly alert: AlertBody;
  readonly format: 'GENERIC' | 'TRADINGVIEW';
  /** The key that the gateway accepts once: the sender's nonce, or the hash of the body when the sender has no nonce. */
  readonly admissionKey: string;
  readonly nonce: string;
  readonly admissionTtlMs: number;
}

/**
 * Undefined when the body's own time is too far away.
 *
 * @throws FieldError naming the first bad field; `INSTRUMENT_UNKNOWN` for an instrument that the source may not speak of.
 */
export function readBody(
  authentic: Exclude<Authentication, { readonly scheme: 'none' }>,
  body: Uint8Array,
  nowMs: number,
): AuthenticBody | undefined {
  const text = decodeBody(body);
  const alert = authentic.scheme === 'Hmac' ? parseGenericBody(text) : parseTradingViewBody(text, authentic.source.symbolMap);
  if (!authentic.source.instruments.includes(alert.instrument)) {
    throw refused('INSTRUMENT_UNKNOWN', 'instrument', `one of ${authentic.source.instruments.join(', ')}`, quoteFound(alert.instrument));
  }
  if (authentic.scheme === 'Hmac') {
    // A timestamp may lie ahead by the skew and stays good for the skew after that, so a nonce is remembered for both.
    const admissionTtlMs = 2 * WEBHOOK_CLOCK_SKEW_MS_MAX;
    return { text, alert, format: 'GENERIC', admissionKey: authentic.nonce, nonce: authentic.nonce, admissionTtlMs };
  }
  const { freshnessMs } = authentic.source;
  if (alert.time !== undefined && Math.abs(nowMs - parseUtcTimeMs('time', alert.time)) > freshnessMs) return undefined;
  const hash = sha256(body);
  // The same words may be meant again once the first ones are forgotten, so the time makes the nonce a new one.
  const nonce = `${hash.slice(0, 32)}-${Math.trunc(nowMs)}`;
  return { text, alert, format: 'TRADINGVIEW', admissionKey: hash, nonce, admissionTtlMs: 2 * freshnessMs };
}
