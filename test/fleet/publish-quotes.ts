/** Publishes changing quotes of small size, so that orders fill in parts. */
import { setTimeout as sleep } from 'node:timers/promises';
import { formatTime, normalizedSignalId, type Quote, subjects } from '@flotilla/contracts';
import { publishEvent } from '@flotilla/runtime';
import type { Fleet } from './start-fleet.ts';

const VENUE = 'market';

/** Publishes a quote at once, then one each `intervalMs` until `signal` aborts; survives outages of the bus. */
export async function publishQuotes(
  bus: Fleet['bus'],
  options: { readonly intervalMs: number; readonly size: string; readonly signal: AbortSignal; readonly instruments?: readonly string[] },
): Promise<void> {
  for (let count = 0; !options.signal.aborted; count += 1) {
    for (const instrument of options.instruments ?? ['BTC-USD']) {
      await publishEvent(bus, {
        type: 'signals.normalized',
        subject: subjects.signalNormalized(VENUE, instrument),
        event: quote(count, instrument, options.size),
      }).catch(() => undefined);
    }
    await sleep(options.intervalMs, undefined, { signal: options.signal }).catch(() => undefined);
  }
}

function quote(count: number, instrument: string, size: string): Quote {
  const id = normalizedSignalId(`test-quote-${instrument}-${count}`, 0);
  const time = formatTime(Date.now());
  const cents = count % 100;
  return {
    schemaVersion: 1,
    id,
    corrId: id,
    time,
    producer: { service: 'test', revision: 'test' },
    source: VENUE,
    venue: VENUE,
    instrument,
    eventTime: time,
    kind: 'quote',
    bid: `611.${String(cents).padStart(2, '0')}`.replace(/\.00$/, ''),
    ask: `612.${String(cents).padStart(2, '0')}`.replace(/\.00$/, ''),
    bidSize: size,
    askSize: size,
    condition: 'NORMAL',
  };
}
