/**
 * Queue models: how many lots of others trade before a resting order at its price.
 *
 * Trades at the price reduce the queue for every model; the simulator does that. A model answers what a change of the displayed quantity means: orders of
 * others that were cancelled stood before ours, or behind.
 */

/**
 * Gives the lots ahead of an order after its price level shows `shownLots`.
 *
 * @param aheadLots lots ahead so far; infinite while the level was never shown since the order came
 * @param shownBeforeLots what the level showed before, less what has traded there since; 0 when the level was never shown
 * @param shownLots what the level shows now; infinite when the level lies behind the best price, so that its quantity is not known
 */
export type QueueModel = (aheadLots: number, shownBeforeLots: number, shownLots: number) => number;

/** The order is always the first at its price. */
export const noQueue: QueueModel = () => 0;

/** The order stands behind all that was shown when it came. Others cancel behind it first, so only trades and an emptier level bring it forward. */
export const backOfQueue: QueueModel = (aheadLots, _shownBeforeLots, shownLots) => Math.min(aheadLots, shownLots);

/** The order stands behind all that was shown when it came. Others cancel before and behind it in proportion; a part of a lot stays ahead. */
export const proportionalQueue: QueueModel = (aheadLots, shownBeforeLots, shownLots) => {
  if (aheadLots === Number.POSITIVE_INFINITY || shownLots >= shownBeforeLots) return Math.min(aheadLots, shownLots);
  return Math.min(shownLots, Math.ceil(aheadLots * (shownLots / shownBeforeLots)));
};
