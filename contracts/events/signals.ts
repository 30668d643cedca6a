/** Signals: `signals.raw.<source>` as received, and `signals.normalized.<venue>.<instrument>` in one form for all sources. */
import { z } from 'zod';
import { eventTime } from '../values/event-time.ts';
import { WEBHOOK_BODY_BYTES_MAX } from '../values/limits.ts';
import { nonNegativeDecimal, positiveDecimal, token } from '../values/scalars.ts';
import { envelopeShape } from './envelope.ts';

const alertWords = {
  signal: z.enum(['BUY', 'SELL', 'FLAT']),
  /** From 0 to 1. */
  strength: nonNegativeDecimal,
  /** The market price that the sender saw. */
  price: positiveDecimal,
} as const;

export const rawSignalSchema = z.looseObject({
  ...envelopeShape,
  source: token,
  /** How the signal came in. The normaliser chooses its parser by this field, unless the gateway has parsed the body already. */
  format: z.enum(['GENERIC', 'TRADINGVIEW', 'BAR_CSV', 'QUOTE_CSV', 'TRADE_CSV']),
  nonce: z.string().min(1).max(256),
  receivedAt: eventTime,
  contentType: z.string().max(128).optional(),
  /** The bytes as received, as UTF-8 text. */
  body: z.string().max(WEBHOOK_BODY_BYTES_MAX),
  /** Venue of the source at the time of the signal, so that the normaliser needs only the event. */
  venue: token.optional(),
  /** Instrument of a recorded row. A webhook names it in its body. */
  instrument: token.optional(),
  /** Length of a recorded bar, milliseconds; present with BAR_CSV. */
  barMs: z.int().min(1).max(86_400_000).optional(),
  /**
   * The body of a webhook as the gateway read it, with symbols mapped to instruments. The normaliser publishes these values. Absent from recorded
   * rows, and from gateways of older versions.
   */
  alert: z.looseObject({ ...alertWords, instrument: token, time: eventTime.optional() }).optional(),
});
export type RawSignal = z.infer<typeof rawSignalSchema>;

const normalizedShape = {
  ...envelopeShape,
  source: token,
  venue: token,
  instrument: token,
  /** Time of the event at the market; of a bar, the time of its close. Replayed data keeps its recorded time. */
  eventTime: eventTime,
} as const;

/** An opinion from outside: an action, its strength (0 to 1), and the price that the sender saw. */
export const alertSchema = z.looseObject({
  ...normalizedShape,
  kind: z.literal('alert'),
  ...alertWords,
});
/** Top of book. LOCKED: bid = ask. CROSSED: bid > ask; exec takes no price from such a quote. */
export const quoteSchema = z.looseObject({
  ...normalizedShape,
  kind: z.literal('quote'),
  bid: positiveDecimal,
  ask: positiveDecimal,
  bidSize: positiveDecimal.optional(),
  askSize: positiveDecimal.optional(),
  condition: z.enum(['NORMAL', 'LOCKED', 'CROSSED']),
});
export const tradeSchema = z.looseObject({
  ...normalizedShape,
  kind: z.literal('trade'),
  price: positiveDecimal,
  size: positiveDecimal,
});
/** A bar, published when it closed. `openTime` is when it opened. */
export const barSchema = z.looseObject({
  ...normalizedShape,
  kind: z.literal('bar'),
  openTime: eventTime,
  open: positiveDecimal,
  high: positiveDecimal,
  low: positiveDecimal,
  close: positiveDecimal,
  volume: nonNegativeDecimal,
});

export const normalizedSignalSchema = z.discriminatedUnion('kind', [alertSchema, quoteSchema, tradeSchema, barSchema]);
export type Alert = z.infer<typeof alertSchema>;
export type Quote = z.infer<typeof quoteSchema>;
export type Trade = z.infer<typeof tradeSchema>;
export type Bar = z.infer<typeof barSchema>;
export type NormalizedSignal = z.infer<typeof normalizedSignalSchema>;
