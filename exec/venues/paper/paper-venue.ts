/**
 * The paper venue: deterministic, in process. Given the same orders and market updates in the same order it reports the same trades.
 *
 * An arriving order takes what is displayed at the best price; what is left rests (GTC) or is cancelled (IOC, FOK). Every market update
 * shows its quantity anew, and resting orders take it in the order in which they came. Its memory dies with the process: after a restart
 * it is rebuilt from EXECUTIONS, so a trade that was never recorded never happened.
 */
import { assert, type Clock } from '@flotilla/contracts';
import type { MarketUpdate } from '../../market/market.ts';
import type { Venue, VenueOrder, VenueOrderView, VenueReport } from '../venue.ts';
import { feeOf } from './fee.ts';
import { matchOrder, type Role } from './match.ts';
import { shownBook, type ShownBook } from './shown-book.ts';

export interface PaperTerms {
  readonly takerFeeBps: number;
  readonly makerFeeBps: number;
  /** Between submission and arrival; 0 arrives in the same turn. */
  readonly latencyMs: number;
}

/** An order as the fold left it, for {@link PaperVenue.restore}. */
export interface PaperRestoredOrder {
  readonly order: VenueOrder;
  readonly filled: bigint;
  /** Trades so far: the next one takes this ordinal. */
  readonly tradeCount: number;
}

export interface PaperVenue extends Venue {
  /** The market moved: resting orders may trade. */
  onMarket(update: MarketUpdate): void;
  /** Takes back what rested before a restart. These orders are open, and trade from {@link resume} on. */
  restore(orders: readonly PaperRestoredOrder[], positions: ReadonlyMap<string, bigint>): void;
  /** Lets restored orders trade, at once if the market shows a price for them. Called a second time it changes nothing. */
  resume(): void;
}

/** Order ids remembered beyond their end, against a repeated submission. */
const KNOWN_MAX = 100_000;

interface Held {
  readonly order: VenueOrder;
  leaves: bigint;
  tradeCount: number;
  /** ON_ITS_WAY: submitted, not at the venue yet. SUSPENDED: restored after a restart, not to trade yet. */
  state: 'ON_ITS_WAY' | 'SUSPENDED' | 'ARRIVED';
  cancelArrival: () => void;
}

export function makePaperVenue(options: {
  readonly clock: Clock;
  readonly terms: () => PaperTerms;
  readonly onReport: (report: VenueReport) => void;
}): PaperVenue {
  const { clock, terms, onReport } = options;
  const held = new Map<string, Held>();
  const known = new Set<string>();
  const books = new Map<string, ShownBook>();
  const positions = new Map<string, bigint>();

  function trade(entry: Held, role: Role): void {
    const { order } = entry;
    assert(entry.state === 'ARRIVED', `order ${order.orderId} must not trade while it is ${entry.state}`);
    const level = books.get(order.instrument)?.level(order.side);
    const match = level === undefined ? undefined : matchOrder(order, entry.leaves, level, role);
    if (match === undefined) return;
    books.get(order.instrument)?.take(order.side, match.quantity);
    const liquidity = role === 'RESTING' && order.type === 'LIMIT' ? 'MAKER' : 'TAKER';
    const { makerFeeBps, takerFeeBps } = terms();
    const tradeId = `${order.orderId}-${entry.tradeCount}`;
    entry.tradeCount += 1;
    entry.leaves -= match.quantity;
    if (entry.leaves === 0n) held.delete(order.orderId);
    const signed = order.side === 'BUY' ? match.quantity : -match.quantity;
    positions.set(order.instrument, (positions.get(order.instrument) ?? 0n) + signed);
    const fee = feeOf(match.price, match.quantity, liquidity === 'MAKER' ? makerFeeBps : takerFeeBps);
    onReport({ kind: 'FILL', orderId: order.orderId, tradeId, price: match.price, quantity: match.quantity, fee, liquidity });
  }

  function arrive(entry: Held): void {
    const { order } = entry;
    if (held.get(order.orderId) !== entry) return;
    entry.state = 'ARRIVED';
    if (clock.nowMs() > order.validUntilMs) return end(entry, 'EXPIRED', 'reached the venue after its validity');
    trade(entry, 'ARRIVING');
    // The report of the trade may have led to a cancel.
    if (held.get(order.orderId) !== entry) return;
    if (order.timeInForce !== 'GTC') return end(entry, 'CANCELLED', `${order.timeInForce} remainder found no displayed quantity`);
    if (entry.leaves === order.quantity) onReport({ kind: 'RESTING', orderId: order.orderId });
  }

  function end(entry: Held, kind: 'CANCELLED' | 'EXPIRED', reason: string): void {
    held.delete(entry.order.orderId);
    entry.cancelArrival();
    onReport({ kind, orderId: entry.order.orderId, reason });
  }

  return {
    submit(order) {
      if (known.has(order.orderId) || held.has(order.orderId)) return;
      known.add(order.orderId);
      if (known.size > KNOWN_MAX) known.delete(known.values().next().value ?? '');
      const entry: Held = { order, leaves: order.quantity, tradeCount: 0, state: 'ON_ITS_WAY', cancelArrival: () => undefined };
      held.set(order.orderId, entry);
      const { latencyMs } = terms();
      if (latencyMs === 0) arrive(entry);
      else entry.cancelArrival = clock.after(latencyMs, () => arrive(entry));
    },
    cancel(orderId, reason) {
      const entry = held.get(orderId);
      if (entry !== undefined) end(entry, 'CANCELLED', reason);
    },
    cancelAll(reason) {
      const entries = [...held.values()];
      for (const entry of entries) end(entry, 'CANCELLED', reason);
      return entries.length;
    },
    onMarket(update) {
      books.set(update.instrument, shownBook(update));
      for (const entry of held.values()) {
        const open = entry.state === 'ARRIVED' && held.get(entry.order.orderId) === entry;
        if (open && entry.order.instrument === update.instrument) trade(entry, 'RESTING');
      }
    },
    restore(orders, restoredPositions) {
      for (const { order, filled, tradeCount } of orders) {
        known.add(order.orderId);
        const leaves = order.quantity - filled;
        held.set(order.orderId, { order, leaves, tradeCount, state: 'SUSPENDED', cancelArrival: () => undefined });
      }
      for (const [instrument, quantity] of restoredPositions) positions.set(instrument, quantity);
    },
    resume() {
      for (const entry of held.values()) {
        if (entry.state !== 'SUSPENDED') continue;
        entry.state = 'ARRIVED';
        trade(entry, 'RESTING');
      }
    },
    query: async (orderId) => {
      const entry = held.get(orderId);
      if (entry !== undefined) return viewOf(entry);
      return known.has(orderId) ? { orderId, instrument: '', leaves: 0n } : undefined;
    },
    openOrders: async () => [...held.values()].map(viewOf),
    positions: async () => new Map([...positions].filter(([, quantity]) => quantity !== 0n)),
  };
}

function viewOf(entry: Held): VenueOrderView {
  return { orderId: entry.order.orderId, instrument: entry.order.instrument, leaves: entry.leaves };
}
