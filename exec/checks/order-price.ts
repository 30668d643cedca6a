/** The price at which the risk of an order is counted: the market price or the order's limit price, whichever is higher. */
import type { CheckContext } from './check.ts';
import { larger } from '@flotilla/contracts';

/** Undefined without a market price: market-price-present.ts denies the order then. */
export function orderPriceOf({ market, numbers }: CheckContext): bigint | undefined {
  return market === undefined ? undefined : larger(market.reference, numbers?.limitPrice ?? 0n);
}
