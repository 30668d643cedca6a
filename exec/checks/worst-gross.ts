/** Gross exposure in the worst case, with the order added: the sum over positions of the largest |position| × price. */
import { notionalUp } from '@flotilla/contracts';
import type { CheckContext, PricedExposure } from './check.ts';
import { NO_EXPOSURE, withOrder, worstOf } from './position-exposure.ts';
import { orderPriceOf } from './order-price.ts';

/** Undefined when a price or the order's numbers are missing. The check of the missing input denies the order then. */
export function worstGross(context: CheckContext, counts: (exposure: PricedExposure) => boolean): bigint | undefined {
  const { intent, numbers, exposures, subjectStrategy } = context;
  const orderPrice = orderPriceOf(context);
  if (numbers === undefined || orderPrice === undefined) return undefined;
  const isOwn = (each: PricedExposure) => each.strategy === subjectStrategy && each.instrument === intent.instrument;
  const own = exposures.find(isOwn)?.exposure ?? NO_EXPOSURE;
  let gross = notionalUp(orderPrice, worstOf(withOrder(own, intent.side, numbers.quantity)));
  for (const each of exposures) {
    if (isOwn(each) || !counts(each)) continue;
    const worst = worstOf(each.exposure);
    if (worst === 0n) continue;
    if (each.price === undefined) return undefined;
    gross += notionalUp(each.price, worst);
  }
  return gross;
}
