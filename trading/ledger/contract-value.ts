/**
 * The value of a quantity at a price, in whole units of the instrument.
 *
 * The unit of a linear instrument is one tick × one lot × its multiplier, so every value is exact. An inverse contract is worth a fixed amount of the
 * quote currency and is settled in the base currency: its value is `−lots × contract / price`, which no unit holds exactly, so each trade is rounded
 * once, against the trader.
 */
import type { ExactSum } from '../numbers/exact-sum.ts';

export interface ContractTerms {
  /**
   * Undefined: linear. Otherwise the value of one lot at a price of one tick, in units of the settlement currency: for a contract of 1 USD, ticks of
   * 0.5 USD and units of 10^-8 BTC it is 200,000,000.
   */
  readonly inverseUnits: number | undefined;
}

/**
 * Adds what a trade of `lots` (below zero: sold) at `ticks` pays to `sum`; below zero: what it receives.
 *
 * @param ticks whole number above zero
 */
export function addValue(sum: ExactSum, { inverseUnits }: ContractTerms, ticks: number, lots: number): void {
  if (inverseUnits === undefined) sum.addProduct(ticks, lots);
  else sum.addBigInt(inverseValue(inverseUnits, ticks, lots));
}

/** Rounded up. A trade pays its value, so it never pays too little and never receives too much. */
function inverseValue(inverseUnits: number, ticks: number, lots: number): bigint {
  const numerator = -BigInt(inverseUnits) * BigInt(lots);
  const divisor = BigInt(ticks);
  const quotient = numerator / divisor;
  return numerator > 0n && quotient * divisor !== numerator ? quotient + 1n : quotient;
}
