/** Market data: live by core subscription, and what was last stored at the start. */
import { pushSubject } from '@flotilla/contracts/access/core-account.ts';
import { type Bus, type Clock, FlotillaError, type Instrument, parseEvent, subjects, type Subscription } from '@flotilla/contracts';
import type { Logger } from '@flotilla/runtime/log.ts';
import { type Market, type MarketUpdate, marketUpdateOf } from '../market/market.ts';

export interface MarketFeedOptions {
  readonly bus: Bus;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly market: Market;
  readonly onUpdate: (update: MarketUpdate) => void;
}

export interface MarketFeed {
  /** Follows these instruments from now on; resolves when their last stored prices were looked up. */
  follow(instruments: ReadonlyMap<string, Instrument>): Promise<void>;
  stop(): void;
}

interface Followed {
  instrument: Instrument;
  readonly subscription: Subscription;
}

export function makeMarketFeed(options: MarketFeedOptions): MarketFeed {
  const { bus, clock, logger, market, onUpdate } = options;
  const followed = new Map<string, Followed>();

  function take(symbol: string, payload: Uint8Array, receivedAtMs: number): void {
    const entry = followed.get(symbol);
    if (entry === undefined) return;
    const update = read(entry.instrument, payload, receivedAtMs);
    if (update === undefined) return;
    market.set(symbol, update);
    onUpdate(update);
  }

  function read(instrument: Instrument, payload: Uint8Array, receivedAtMs: number): MarketUpdate | undefined {
    try {
      const { event } = parseEvent('signals.normalized', payload);
      return event.instrument === instrument.symbol ? marketUpdateOf(event, instrument, receivedAtMs) : undefined;
    } catch (error) {
      if (!(error instanceof FlotillaError)) throw error;
      logger.warn({ err: error, instrument: instrument.symbol }, 'market data cannot be used');
      return undefined;
    }
  }

  /** Only where nothing live has come yet; the newest of several venues. */
  async function prime(symbol: string): Promise<void> {
    try {
      const stored = await bus.lastPerSubject('SIGNALS', subjects.signalNormalized('x', symbol).replace('.x.', '.*.'));
      const newestFirst = [...stored].sort((a, b) => b.sequence - a.sequence);
      for (const message of newestFirst) if (!market.has(symbol)) take(symbol, message.payload, message.storedAtMs);
    } catch (error) {
      if (!(error instanceof FlotillaError)) throw error;
      logger.warn({ err: error, instrument: symbol }, 'no stored price could be read; waiting for live data');
    }
  }

  return {
    async follow(instruments) {
      const added: string[] = [];
      for (const [symbol, instrument] of instruments) {
        const entry = followed.get(symbol);
        if (entry !== undefined) {
          entry.instrument = instrument;
          continue;
        }
        const subject = subjects.signalNormalized('x', symbol).replace('.x.', '.*.');
        const subscription = bus.subscribe(pushSubject(subject), (message) => take(symbol, message.payload, clock.nowMs()));
        followed.set(symbol, { instrument, subscription });
        added.push(symbol);
      }
      await Promise.all(added.map(prime));
    },
    stop() {
      for (const { subscription } of followed.values()) subscription.unsubscribe();
    },
  };
}
