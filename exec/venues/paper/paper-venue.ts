/**
 * The paper venue: deterministic, in process. Given the same orders and market updates in the same order, the venue reports the same trades.
 *
 * An arriving order takes the displayed quantity at the best price. The rest stays (GTC) or is cancelled (IOC, FOK). Every market update
 * shows its quantity anew, and resting orders take it in the order in which they came. The memory of the venue dies with the process. After
 * a restart exec rebuilds it from EXECUTIONS, so a trade that was never recorded never happened.
 */
import type { Clock } from '@flotilla/contracts';
import type { MarketUpdate } from '../../market/market.ts';
import type { Venue, VenueOrder, VenueReport } from '../venue.ts';
import { type HeldOrder, type HeldOrders, makeHeldOrders, type PaperTerms, viewOf } from './held-orders.ts';

/** An order as the fold left it, for {@link PaperVenue.restore}. */
export interface PaperRestoredOrder {
  readonly order: VenueOrder;
  readonly filled: bigint;
  /** Trades so far: the next trade takes this ordinal. */
  readonly tradeCount: number;
}

export interface PaperVenue extends Venue {
  /** Resting orders trade if the new market lets them. */
  onMarket(update: MarketUpdate): void;
  /** Takes back the orders that rested before a restart. They are open at once, and trade from {@link resume} on. */
  restore(orders: readonly PaperRestoredOrder[], positions: ReadonlyMap<string, bigint>): void;
  /** Lets restored orders trade, at once if the market shows a price for them. A second call changes nothing. */
  resume(): void;
}

/** Bound on the remembered ids of orders that have ended; an id is remembered against a repeated submission. */
const KNOWN_MAX = 100_000;

export function makePaperVenue(options: {
  readonly clock: Clock;
  readonly terms: () => PaperTerms;
  readonly onReport: (report: VenueReport) => void;
}): PaperVenue {
  const { clock, terms, onReport } = options;
  const held = makeHeldOrders(terms, onReport);
  const known = new Set<string>();
  return {
    submit(order) {
      if (known.has(order.orderId) || held.byId.has(order.orderId)) return;
      known.add(order.orderId);
      if (known.size > KNOWN_MAX) known.delete(known.values().next().value ?? '');
      const entry: HeldOrder = { order, leaves: order.quantity, tradeCount: 0, state: 'ON_ITS_WAY', cancelArrival: () => undefined };
      held.byId.set(order.orderId, entry);
      const { latencyMs } = terms();
      if (latencyMs === 0) arrive(entry, held, clock.nowMs(), onReport);
      else entry.cancelArrival = clock.after(latencyMs, () => arrive(entry, held, clock.nowMs(), onReport));
    },
    cancel(orderId, reason) {
      const entry = held.byId.get(orderId);
      if (entry !== undefined) held.end(entry, 'CANCELLED', reason);
    },
    cancelAll(reason) {
      const entries = [...held.byId.values()];
      for (const entry of entries) held.end(entry, 'CANCELLED', reason);
      return entries.length;
    },
    onMarket(update) {
      held.show(update);
      for (const entry of held.byId.values()) {
        if (entry.state === 'ARRIVED' && entry.order.instrument === update.instrument) held.trade(entry, 'RESTING');
      }
    },
    restore(orders, positions) {
      for (const { order, filled, tradeCount } of orders) {
        known.add(order.orderId);
        const leaves = order.quantity - filled;
        held.byId.set(order.orderId, { order, leaves, tradeCount, state: 'SUSPENDED', cancelArrival: () => undefined });
      }
      for (const [instrument, quantity] of positions) held.positions.set(instrument, quantity);
    },
    resume() {
      for (const entry of held.byId.values()) {
        if (entry.state !== 'SUSPENDED') continue;
        entry.state = 'ARRIVED';
        held.trade(entry, 'RESTING');
      }
    },
    query: async (orderId) => {
      const entry = held.byId.get(orderId);
      if (entry !== undefined) return viewOf(entry);
      return known.has(orderId) ? { orderId, instrument: '', leaves: 0n } : undefined;
    },
    openOrders: async () => [...held.byId.values()].map(viewOf),
    positions: async () => new Map([...held.positions].filter(([, quantity]) => quantity !== 0n)),
  };
}

/** The order trades at once. The rest of a GTC order stays, and the rest of an IOC or FOK order is cancelled. */
function arrive(entry: HeldOrder, held: HeldOrders, nowMs: number, onReport: (report: VenueReport) => void): void {
  const { order } = entry;
  if (!held.holds(entry)) return;
  entry.state = 'ARRIVED';
  if (nowMs > order.validUntilMs) return held.end(entry, 'EXPIRED', 'the order reached the venue after its expiry');
  held.trade(entry, 'ARRIVING');
  // The report of the trade may have led to a cancel.
  if (!held.holds(entry)) return;
  if (order.timeInForce !== 'GTC')
    return held.end(entry, 'CANCELLED', `the rest of the ${order.timeInForce} order found no displayed quantity`);
  if (entry.leaves === order.quantity) onReport({ kind: 'RESTING', orderId: order.orderId });
}
