/** The close of a bar in ticks, by the rule for usable prices that exec and the agents share; for strategies that react to bars. */
import { type Bar, type Instrument, marketPriceOf } from '@flotilla/contracts';
import type { Difficulty } from './strategy.ts';

export type ClosePrice = { readonly usable: true; readonly ticks: bigint } | { readonly usable: false; readonly difficulty: Difficulty };

export function readClose(bar: Bar, instrument: Instrument): ClosePrice {
  const found = marketPriceOf(bar, instrument);
  if (found.usable) return { usable: true, ticks: found.price.referenceTicks };
  const message = `${instrument.symbol}: expected a close of at least one tick of ${instrument.tickSize}, found ${bar.close} at ${bar.openTime}`;
  return { usable: false, difficulty: { kind: 'PriceUnusable', message } };
}
