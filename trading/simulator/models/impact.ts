/** Impact models: how much the own trades worsen the price, by their size against what is shown. The impact ends with the next market data. */
import { assert } from '@flotilla/contracts/errors/assert.ts';

/**
 * Whole ticks from zero by which a TAKER trades worse.
 *
 * @param takenLots what our orders have taken of the displayed quantity, with the trade in question
 * @param shownLots the displayed quantity before our orders took of it; above zero
 */
export type ImpactModel = (takenLots: number, shownLots: number) => number;

/** Bound on the impact of an order that takes all that is shown. */
const IMPACT_TICKS_MAX = 1_000_000;

export const noImpact: ImpactModel = () => 0;

/** In proportion: `fullTicks` for an order that takes all that is shown. Rounded against the trader. */
export function linearImpact({ fullTicks }: { readonly fullTicks: number }): ImpactModel {
  assertImpact(fullTicks);
  return (takenLots, shownLots) => Math.ceil(fullTicks * (takenLots / shownLots));
}

/** By the square root of the size, the usual law of measured impact (Almgren et al., Direct Estimation of Equity Market Impact, 2005). Rounded against the trader. */
export function squareRootImpact({ fullTicks }: { readonly fullTicks: number }): ImpactModel {
  assertImpact(fullTicks);
  return (takenLots, shownLots) => Math.ceil(fullTicks * Math.sqrt(takenLots / shownLots));
}

function assertImpact(fullTicks: number): void {
  assert(
    Number.isSafeInteger(fullTicks) && fullTicks >= 0 && fullTicks <= IMPACT_TICKS_MAX,
    `expected an impact of 0 to ${IMPACT_TICKS_MAX} whole ticks, found ${fullTicks}`,
  );
}
