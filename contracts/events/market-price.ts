/**
 * The market price in a signal: the one rule of exec and the agents for what a usable price is. Pure.
 *
 * Prices come from quotes (LOCKED quotes are usable, CROSSED ones are not), trades and closes of bars. The price of an alert is an opinion, so
 * nothing is valued or sized by the price of an alert.
 */
import { unreachable } from '../errors/assert.ts';
import type { Instrument } from '../money/instrument.ts';
import { roundToStep } from '../money/round-to-step.ts';
import type { NormalizedSignal, Quote } from './signals.ts';

/** All in whole ticks, above zero. */
export interface MarketPrice {
  /** Price at which an order can sell, rounded down. */
  readonly bidTicks: bigint;
  /** Price at which an order can buy, rounded up. */
  readonly askTicks: bigint;
  /** Midpoint of a quote, price of a trade or close of a bar, rounded down. */
  readonly referenceTicks: bigint;
}

/** OPINION: an alert. CROSSED: the bid is above the ask. OFF_SCALE: not a plain decimal, or less than one tick. */
export type PriceProblem = 'OPINION' | 'CROSSED' | 'OFF_SCALE';

export type MarketPriceFound =
  | { readonly usable: true; readonly price: MarketPrice }
  | { readonly usable: false; readonly problem: PriceProblem };

/** Never throws. */
export function marketPriceOf(signal: NormalizedSignal, instrument: Instrument): MarketPriceFound {
  switch (signal.kind) {
    case 'alert':
      return unusable('OPINION');
    case 'quote':
      return signal.condition === 'CROSSED' ? unusable('CROSSED') : quoted(signal, instrument);
    case 'trade':
      return single(signal.price, instrument);
    case 'bar':
      return single(signal.close, instrument);
    default:
      return unreachable(signal);
  }
}

function quoted({ bid, ask }: Quote, instrument: Instrument): MarketPriceFound {
  const bidTicks = roundToStep(bid, instrument.tickUnits, 'down');
  const askTicks = roundToStep(ask, instrument.tickUnits, 'up');
  if (bidTicks === undefined || askTicks === undefined) return unusable('OFF_SCALE');
  if (bidTicks > askTicks) return unusable('CROSSED');
  return { usable: true, price: { bidTicks, askTicks, referenceTicks: (bidTicks + askTicks) / 2n } };
}

function single(price: string, instrument: Instrument): MarketPriceFound {
  const ticks = roundToStep(price, instrument.tickUnits, 'down');
  return ticks === undefined ? unusable('OFF_SCALE') : { usable: true, price: { bidTicks: ticks, askTicks: ticks, referenceTicks: ticks } };
}

function unusable(problem: PriceProblem): MarketPriceFound {
  return { usable: false, problem };
}
