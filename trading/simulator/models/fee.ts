/** Fee models: what the venue charges for a fill, in whole units of the instrument's settlement amount (`ledger/contract-value.ts`). */
import { assert } from '@flotilla/contracts/errors/assert.ts';
import type { ExactSum } from '../../numbers/exact-sum.ts';

/** MAKER: the order rested when it traded. TAKER: every other order. */
export type Liquidity = 'MAKER' | 'TAKER';

export interface ChargedFill {
  /** Value of the fill, not below zero. */
  readonly value: ExactSum;
  readonly quantityLots: number;
  readonly liquidity: Liquidity;
}

/** Adds the fee to `fee`; below zero: a rebate. */
export type FeeModel = (fill: ChargedFill, fee: ExactSum) => void;

const MICROS_PER_ONE = 1_000_000;

export const noFee: FeeModel = () => undefined;

/** A share of the value in millionths (5 bps are 500), below zero a rebate. Rounded against the trader: a fee up, a rebate down. */
export function rateFee({ takerMicros, makerMicros }: { readonly takerMicros: number; readonly makerMicros: number }): FeeModel {
  for (const micros of [takerMicros, makerMicros])
    assert(
      Number.isSafeInteger(micros) && Math.abs(micros) <= MICROS_PER_ONE,
      `expected a fee of at most ${MICROS_PER_ONE} whole millionths, found ${micros}`,
    );
  return ({ value, liquidity }, fee) => {
    const micros = liquidity === 'MAKER' ? makerMicros : takerMicros;
    const product = value.isSafe() ? value.toNumber() * micros : Number.NaN;
    // The ceiling of a double quotient is exact, because the dividend is a safe integer.
    if (Number.isSafeInteger(product)) fee.add(Math.ceil(product / MICROS_PER_ONE));
    else fee.addBigInt(divideUp(value.toBigInt() * BigInt(micros)));
  };
}

/** A fixed amount for each lot, with a smallest fee for each fill. Both in units of the settlement amount. */
export function perLotFee({ unitsPerLot, unitsMin }: { readonly unitsPerLot: number; readonly unitsMin: number }): FeeModel {
  for (const units of [unitsPerLot, unitsMin])
    assert(Number.isSafeInteger(units) && units >= 0, `expected whole units of a fee from 0, found ${units}`);
  return ({ quantityLots }, fee) => {
    const units = unitsPerLot * quantityLots;
    if (units <= unitsMin) fee.add(unitsMin);
    else fee.addProduct(unitsPerLot, quantityLots);
  };
}

function divideUp(dividend: bigint): bigint {
  const divisor = BigInt(MICROS_PER_ONE);
  const quotient = dividend / divisor;
  return dividend > 0n && quotient * divisor !== dividend ? quotient + 1n : quotient;
}
