/** Fees of the paper venue. */
import { BPS_PER_ONE, divideUp, notionalUp } from '@flotilla/contracts';

/** Fees are charged in whole millionths of the currency unit, rounded up, so that a fee has few digits on the wire. */
const FEE_STEP = 10n ** 12n;

export function feeOf(price: bigint, quantity: bigint, feeBps: number): bigint {
  return divideUp(notionalUp(price, quantity) * BigInt(feeBps), BPS_PER_ONE * FEE_STEP) * FEE_STEP;
}
