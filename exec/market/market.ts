/**
 * The last usable price per instrument, in whole ticks, with the time at which the price reached exec.
 *
 * `contracts/events/market-price.ts` says which price is usable; the agents use the same rule.
 */
import { type Instrument, marketPriceOf, type NormalizedSignal, unreachable } from '@flotilla/contracts';
import { roundToStep } from '@flotilla/contracts/money/round-to-step.ts';

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
  const found = marketPriceOf(signal, instrument);
  if (!found.usable) return undefined;
  const [bidSize, askSize] = sizesOf(signal);
  const { bidTicks, askTicks, referenceTicks } = found.price;
  return {
    instrument: instrument.symbol,
    receivedAtMs,
    bid: { price: bidTicks * instrument.tickUnits, quantity: displayed(bidSize, instrument) },
    ask: { price: askTicks * instrument.tickUnits, quantity: displayed(askSize, instrument) },
    shared: signal.kind !== 'quote',
    reference: referenceTicks * instrument.tickUnits,
  };
}

/** Quantities that the signal shows at bid and ask, as text. */
function sizesOf(signal: NormalizedSignal): readonly [string | undefined, string | undefined] {
  switch (signal.kind) {
    case 'alert':
      return [undefined, undefined];
    case 'quote':
      return [signal.bidSize, signal.askSize];
    case 'trade':
      return [signal.size, signal.size];
    case 'bar':
      return [signal.volume, signal.volume];
    default:
      return unreachable(signal);
  }
}

function displayed(size: string | undefined, instrument: Instrument): bigint {
  const lot = instrument.lotUnits;
  const text = size ?? instrument.displayedQuantity;
  return text === undefined ? DISPLAYED_LOTS_DEFAULT * lot : (roundToStep(text, lot, 'down') ?? 0n) * lot;
}
