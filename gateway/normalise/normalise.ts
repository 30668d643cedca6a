/** Turns a raw signal into a normalized signal. Pure: the same event always gives the same signal, so the stream can be replayed. */
import { type Clock, FlotillaError, type NormalizedSignal, normalizedSignalId, type RawSignal, unreachable } from '@flotilla/contracts';
import { makeEnvelope } from '@flotilla/runtime/make-envelope.ts';
import { type AlertBody, NO_SYMBOLS } from '../signals/alert-body.ts';
import { parseGenericBody } from '../signals/generic-body.ts';
import { parseTradingViewBody } from '../signals/tradingview-body.ts';
import { parseBarRow } from '../signals/bar-row.ts';
import { parseQuoteRow } from '../signals/quote-row.ts';
import { parseTradeRow } from '../signals/trade-row.ts';

export interface NormaliseContext {
  readonly clock: Clock;
  readonly revision: string;
  /** Where the raw signal stands on the bus. */
  readonly stream: string;
  readonly sequence: number;
}

/** @throws FlotillaError (a FieldError where one field is to blame), always terminal: the same bytes never become better. */
export function normalise(raw: RawSignal, context: NormaliseContext): NormalizedSignal {
  const envelope = makeEnvelope({
    id: normalizedSignalId(raw.id, 0),
    corrId: raw.corrId,
    causation: { stream: context.stream, sequence: context.sequence },
    clock: context.clock,
    service: 'gateway',
    revision: context.revision,
  });
  const common = { ...envelope, source: raw.source, venue: required(raw, 'venue') };
  switch (raw.format) {
    case 'GENERIC':
      return { ...common, ...alertFields(raw, raw.alert ?? parseGenericBody(raw.body)) };
    case 'TRADINGVIEW':
      // An older gateway had no map of symbols, and wrote no `alert`.
      return { ...common, ...alertFields(raw, raw.alert ?? parseTradingViewBody(raw.body, NO_SYMBOLS)) };
    case 'BAR_CSV':
      return { ...common, kind: 'bar', instrument: required(raw, 'instrument'), ...parseBarRow(raw.body, required(raw, 'barMs')) };
    case 'QUOTE_CSV':
      return { ...common, kind: 'quote', instrument: required(raw, 'instrument'), ...parseQuoteRow(raw.body) };
    case 'TRADE_CSV':
      return { ...common, kind: 'trade', instrument: required(raw, 'instrument'), ...parseTradeRow(raw.body) };
    default:
      return unreachable(raw.format);
  }
}

function alertFields(raw: RawSignal, body: NonNullable<RawSignal['alert']> | AlertBody) {
  const { instrument, price, signal, strength, time } = body;
  return { kind: 'alert' as const, instrument, price, signal, strength, eventTime: time ?? raw.receivedAt };
}

function required<Name extends 'venue' | 'instrument' | 'barMs'>(raw: RawSignal, name: Name): NonNullable<RawSignal[Name]> {
  const value = raw[name];
  if (value !== undefined) return value;
  throw new FlotillaError(
    'EVENT_MALFORMED',
    `expected ${name} in a raw signal of format ${raw.format}, found nothing: was it published by an older gateway?`,
  );
}
