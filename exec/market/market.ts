/**
 * The last usable price per instrument, in whole ticks, with the time at which it reached us.
 *
 * From quotes (a LOCKED one is usable, a CROSSED one is not), trades and bar closes; never from an alert, whose price is an opinion.
 */
import { type Instrument, type NormalizedSignal, parseUnits, type Quote, unreachable } from '@flotilla/contracts';

/** One side of the book: a price and how much is shown there. */
export interface Level {
  readonly price: bigint;
  readonly quantity: bigint;
}

export interface MarketUpdate {
  readonly instrument: string;
  /** Where one could sell. */
  readonly bid: Level;
  /** Where one could buy. */
  readonly ask: Level;
  /** True for trades and bars: both sides show the same quantity, which can be taken once. */
  readonly shared: boolean;
  /** Midpoint of a quote, price of a trade or close of a bar, down to a whole tick. */
  readonly reference: bigint;
  /** Our wall clock when it arrived. */
  readonly receivedAtMs: number;
}

export type Market = Map<string, MarketUpdate>;

/** Quantity taken as displayed when neither the data nor the instrument says any. */
const DISPLAYED_LOTS_DEFAULT = 1_000_000n;

/** Undefined when no price may be taken from the signal. */
export function marketUpdateOf(signal: NormalizedSignal, instrument: Instrument, receivedAtMs: number): MarketUpdate | undefined {
  const shown = { instrument: instrument.symbol, receivedAtMs };
  switch (signal.kind) {
    case 'alert':
      return undefined;
    case 'quote':
      return signal.condition === 'CROSSED' ? undefined : quoted(shown, signal, instrument);
    case 'trade':
      return single(shown, signal.price, signal.size, instrument);
    case 'bar':
      return single(shown, signal.close, signal.volume, instrument);
    default:
      return unreachable(signal);
  }
}

type Shown = Pick<MarketUpdate, 'instrument' | 'receivedAtMs'>;

function quoted(shown: Shown, quote: Quote, instrument: Instrument): MarketUpdate | undefined {
  const bid = roundToTick(parseUnits(quote.bid), instrument, 'down');
  const ask = roundToTick(parseUnits(quote.ask), instrument, 'up');
  if (bid <= 0n || bid > ask) return undefined;
  return {
    ...shown,
    bid: { price: bid, quantity: displayed(quote.bidSize, instrument) },
    ask: { price: ask, quantity: displayed(quote.askSize, instrument) },
    shared: false,
    reference: roundToTick((bid + ask) / 2n, instrument, 'down'),
  };
}

function single(shown: Shown, price: string, size: string, instrument: Instrument): MarketUpdate | undefined {
  const reference = roundToTick(parseUnits(price), instrument, 'down');
  if (reference <= 0n) return undefined;
  const level = { price: reference, quantity: displayed(size, instrument) };
  return { ...shown, bid: level, ask: level, shared: true, reference };
}

/** Whole ticks against us: a bid down, an ask up; so price × quantity stays exact. */
function roundToTick(price: bigint, instrument: Instrument, direction: 'up' | 'down'): bigint {
  const tick = instrument.tickUnits;
  const down = (price / tick) * tick;
  return direction === 'up' && down !== price ? down + tick : down;
}

function displayed(size: string | undefined, instrument: Instrument): bigint {
  const lot = instrument.lotUnits;
  const text = size ?? instrument.displayedQuantity;
  return text === undefined ? DISPLAYED_LOTS_DEFAULT * lot : (parseUnits(text) / lot) * lot;
}
