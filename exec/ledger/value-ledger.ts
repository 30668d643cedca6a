/** The value of the ledger at given prices. */
import { multiplyExact } from '@flotilla/contracts';
import type { Ledger } from './ledger.ts';
import { unrealizedOf } from './position.ts';

/** Last usable price of an instrument; undefined when there is none. */
export type PriceOf = (instrument: string) => bigint | undefined;

export interface Valuation {
  /** Realized plus unrealized P&L less fees since the beginning; independent of the starting cash. */
  readonly profit: bigint;
  readonly unrealized: bigint;
  /** Market value of all positions, signed. */
  readonly marketValue: bigint;
  /** Instruments with a position and no price, valued at cost. */
  readonly unpriced: readonly string[];
}

/** A position without a price counts at cost, and its instrument is named. */
export function valueLedger(ledger: Ledger, priceOf: PriceOf): Valuation {
  let unrealized = 0n;
  let marketValue = 0n;
  const unpriced = new Set<string>();
  for (const { instrument, position } of ledger.entries.values()) {
    if (position.quantity === 0n) continue;
    const price = priceOf(instrument);
    if (price === undefined) {
      unpriced.add(instrument);
      marketValue += position.cost;
    } else {
      unrealized += unrealizedOf(position, price);
      marketValue += multiplyExact(price, position.quantity);
    }
  }
  return { profit: ledger.realized - ledger.fees + unrealized, unrealized, marketValue, unpriced: [...unpriced] };
}

/** Starting cash plus cash flow plus the market value of all positions. */
export function equityOf(ledger: Ledger, startingCash: bigint, valuation: Valuation): bigint {
  return startingCash + ledger.cashFlow + valuation.marketValue;
}
