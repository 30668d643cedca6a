/** Signals for tests, as short as a table row. */
import type { Alert, Bar, Quote } from '@flotilla/contracts';
import { formatTime } from '@flotilla/contracts/values/format-time.ts';

const envelope = {
  schemaVersion: 1,
  corrId: 'corr-1',
  time: '2026-11-21T12:00:00.000Z',
  producer: { service: 'gateway', revision: 'test' },
  source: 'recorded',
  venue: 'coinbase',
  instrument: 'BTC-USD',
} as const;

/** A one-second bar that opened `second` seconds after midnight. */
export function makeBar(second: number, close: string, over: Partial<Bar> = {}): Bar {
  const openMs = Date.UTC(2016, 9, 7) + second * 1_000;
  return {
    ...envelope,
    id: `bar-${second}`,
    kind: 'bar',
    openTime: formatTime(openMs),
    eventTime: formatTime(openMs + 1_000),
    open: close,
    high: close,
    low: close,
    close,
    volume: '1',
    ...over,
  };
}

export function makeAlert(id: string, signal: Alert['signal'], over: Partial<Alert> = {}): Alert {
  return { ...envelope, id, kind: 'alert', eventTime: envelope.time, signal, strength: '0.8', price: '611.87', ...over };
}

export function makeQuote(id: string, bid: string, ask: string, condition: Quote['condition']): Quote {
  return { ...envelope, id, kind: 'quote', eventTime: envelope.time, bid, ask, condition };
}
