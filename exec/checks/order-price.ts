/** The price that an order's risk is counted at: the market's, or its own limit if that is higher. */
import type { CheckContext } from './check.ts';
import { larger } from '@flotilla/contracts';

/** Undefined without a market price: then another check denies. */
export function orderPriceOf({ market, numbers }: CheckContext): bigint | undefined {
  return market === undefined ? undefined : larger(market.reference, numbers?.limitPrice ?? 0n);
}
