/** What a new quote does to the orders of one side. */
import type { BookSide } from './book-side.ts';
import type { QueueModel } from './models/queue-position.ts';
import { type Taking, takeShown } from './taking.ts';
import { isWithin } from './worst-price.ts';

/**
 * Waiting market orders take what is shown. A limit that the other side has reached trades at the limit: the one who shows that price now would
 * have met the resting order first.
 */
export function matchQuote({ side, orders }: BookSide, taking: Taking): void {
  const { depth, fills } = taking;
  const touchTicks = depth.touchTicks(side);
  for (const held of orders) {
    if (held.isTaking()) {
      takeShown(held, taking);
      continue;
    }
    if (!isWithin(side, touchTicks, held.boundTicks)) return;
    const lots = Math.min(held.openLots(fills.positionLots), depth.leftLots(side));
    if (lots === 0) continue;
    depth.take(side, lots);
    fills.book(held, held.boundTicks, lots, 'MAKER');
  }
}

/** The queue positions after the quote. A level behind the best price is not shown, so the positions there stay. */
export function moveQueues({ side, orders }: BookSide, { depth }: Taking, queue: QueueModel): void {
  for (const held of orders) {
    if (held.isMarket) continue;
    const shownLots = depth.ownSideLots(side, held.boundTicks);
    if (shownLots === Number.POSITIVE_INFINITY) return;
    if (held.aheadLots > 0) held.aheadLots = queue(held.aheadLots, held.shownLots, shownLots);
    held.shownLots = shownLots;
  }
}
