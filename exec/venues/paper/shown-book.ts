/** The displayed quantity of one market update; each trade takes its quantity away. */
import type { Side } from '@flotilla/contracts';
import type { Level, MarketUpdate } from '../../market/market.ts';

export interface ShownBook {
  /** The side that an order of `side` trades against. */
  level(side: Side): Level;
  take(side: Side, quantity: bigint): void;
}

export function makeShownBook(update: MarketUpdate): ShownBook {
  let bidLeft = update.bid.quantity;
  let askLeft = update.ask.quantity;
  return {
    level: (side) => (side === 'BUY' ? { price: update.ask.price, quantity: askLeft } : { price: update.bid.price, quantity: bidLeft }),
    take(side, quantity) {
      // A trade or bar shows one quantity for both sides: a buyer who takes it leaves nothing of it to a seller.
      if (side === 'BUY' || update.shared) askLeft -= quantity;
      if (side === 'SELL' || update.shared) bidLeft -= quantity;
    },
  };
}
