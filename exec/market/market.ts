/**
 * The last usable price per instrument, in whole ticks, with the time at which the price reached exec.
 *
 * Prices come from quotes (LOCKED quotes are usable, CROSSED ones are not), trades and closes of bars. The price of an alert is an opinion,
 * so exec never takes a price from an alert.
 */
import { type Instrument, type NormalizedSignal, parseUnits, type Quote, unreachable } from '@flotilla/contracts';

/** One side of the book: a price and the displayed quantity. */
export interface Level {
  readonly price: bigint;
  readonly quantity: bigint;
}

export interface MarketUpdate {
  readonly instrument: string;
  /** Price and quantity at which an order can sell. */
  readonly bid: Level;
  /** Price and quantity at which an order can buy. */
  readonly ask: Level;
  /** True for trades and bars: both sides show the same quantity, and orders can take it once. */
  readonly shared: boolean;
  /** Midpoint of a quote, price of a trade or close of a bar, rounded down to a whole tick. */
  readonly reference: bigint;
  /** Arrival, by exec's wall clock. */
  readonly receivedAtMs: number;
}

export type Market = Map<string, MarketUpdate>;

/** Displayed quantity, in lots, when neither the market data nor the instrument gives one. */
const DISPLAYED_LOTS_DEFAULT = 1_000_000n;

/** Undefined when exec may not take a price from the signal. */
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

/** Rounds to whole ticks to our disadvantage, a bid down and an ask up, so that price × quantity is exact. */
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
