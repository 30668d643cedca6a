/** The orders that the paper venue holds: how they trade against the displayed book, and how they end. */
import { assert } from '@flotilla/contracts';
import type { MarketUpdate } from '../../market/market.ts';
import type { VenueOrder, VenueOrderView, VenueReport } from '../venue.ts';
import { feeOf } from './fee.ts';
import { matchOrder, type Role } from './match.ts';
import { makeShownBook, type ShownBook } from './shown-book.ts';

export interface PaperTerms {
  readonly takerFeeBps: number;
  readonly makerFeeBps: number;
  /** Time between submission and arrival; with 0 an order arrives in the same turn. */
  readonly latencyMs: number;
}

export interface HeldOrder {
  readonly order: VenueOrder;
  leaves: bigint;
  tradeCount: number;
  /** ON_ITS_WAY: submitted, not at the venue yet. SUSPENDED: restored after a restart, and not allowed to trade yet. */
  state: 'ON_ITS_WAY' | 'SUSPENDED' | 'ARRIVED';
  cancelArrival: () => void;
}

export interface HeldOrders {
  /** By order id, in the order in which they came. */
  readonly byId: Map<string, HeldOrder>;
  /** Net quantity by instrument. */
  readonly positions: Map<string, bigint>;
  /** Whether the venue still holds exactly this order. */
  holds(entry: HeldOrder): boolean;
  /** Takes the displayed quantities of a market update. */
  show(update: MarketUpdate): void;
  /** Trades what the order can take now, and reports the trade. */
  trade(entry: HeldOrder, role: Role): void;
  /** Takes the order away and reports why. */
  end(entry: HeldOrder, kind: 'CANCELLED' | 'EXPIRED', reason: string): void;
}

export function makeHeldOrders(terms: () => PaperTerms, onReport: (report: VenueReport) => void): HeldOrders {
  const byId = new Map<string, HeldOrder>();
  const positions = new Map<string, bigint>();
  const books = new Map<string, ShownBook>();
  return {
    byId,
    positions,
    holds: (entry) => byId.get(entry.order.orderId) === entry,
    show: (update) => void books.set(update.instrument, makeShownBook(update)),
    trade(entry, role) {
      const { order } = entry;
      assert(entry.state === 'ARRIVED', `order ${order.orderId} must not trade while it is ${entry.state}`);
      const book = books.get(order.instrument);
      const match = book === undefined ? undefined : matchOrder(order, entry.leaves, book.level(order.side), role);
      if (book === undefined || match === undefined) return;
      const { price, quantity } = match;
      book.take(order.side, quantity);
      const tradeId = `${order.orderId}-${entry.tradeCount}`;
      entry.tradeCount += 1;
      entry.leaves -= quantity;
      if (entry.leaves === 0n) byId.delete(order.orderId);
      positions.set(order.instrument, (positions.get(order.instrument) ?? 0n) + (order.side === 'BUY' ? quantity : -quantity));
      const liquidity = role === 'RESTING' && order.type === 'LIMIT' ? 'MAKER' : 'TAKER';
      const { makerFeeBps, takerFeeBps } = terms();
      const fee = feeOf(price, quantity, liquidity === 'MAKER' ? makerFeeBps : takerFeeBps);
      onReport({ kind: 'FILL', orderId: order.orderId, tradeId, price, quantity, fee, liquidity });
    },
    end(entry, kind, reason) {
      byId.delete(entry.order.orderId);
      entry.cancelArrival();
      onReport({ kind, orderId: entry.order.orderId, reason });
    },
  };
}

export function viewOf({ order, leaves }: HeldOrder): VenueOrderView {
  return { orderId: order.orderId, instrument: order.instrument, leaves };
}
