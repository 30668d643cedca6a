/** Slippage models: how much the price gets worse between the decision of the venue and the trade, whatever the size of the order. */
import { assert } from '@flotilla/contracts/errors/assert.ts';
import type { NextRandom } from './next-random.ts';

/** Whole ticks from zero by which a TAKER trades worse. The simulator never lets the price pass the limit or the collar of the order. */
export type SlippageModel = () => number;

/** Bound on the slippage of one trade. */
const SLIPPAGE_TICKS_MAX = 1_000_000;

export const noSlippage: SlippageModel = () => 0;

/** `ticks` worse with the probability `chance`. */
export function chanceSlippage({ chance, ticks }: { readonly chance: number; readonly ticks: number }, next: NextRandom): SlippageModel {
  assert(chance >= 0 && chance <= 1, `expected a chance from 0 to 1, found ${chance}`);
  assert(
    Number.isSafeInteger(ticks) && ticks >= 0 && ticks <= SLIPPAGE_TICKS_MAX,
    `expected a slippage of 0 to ${SLIPPAGE_TICKS_MAX} whole ticks, found ${ticks}`,
  );
  return () => (next() < chance ? ticks : 0);
}
