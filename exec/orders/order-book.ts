/** Every order by id, and what is open per strategy and instrument. */
import { assert, type Fill, ORDER_VALIDITY_MS_MAX, type OrderEvent } from '@flotilla/contracts';
import { positionKey } from '../ledger/ledger.ts';
import { isTerminal, leavesOf, type Order } from './order.ts';
import { applyFill, applyOrderEvent, orderFromEvent } from './transition.ts';

/** Terminal orders are remembered this long after their intent expired: a repetition that comes later is denied as expired. */
export const TERMINAL_ORDER_RETENTION_MS = 600_000;

/** Quantities that may still trade. */
export interface OpenQuantity {
  readonly buy: bigint;
  readonly sell: bigint;
}

export interface OrderBook {
  readonly orders: Map<string, Order>;
  readonly open: Map<string, Order>;
  /** By strategy and instrument. */
  readonly openByPosition: Map<string, OpenQuantity>;
  /** By instrument, over all strategies. */
  readonly openByInstrument: Map<string, OpenQuantity>;
}

const NOTHING_OPEN: OpenQuantity = { buy: 0n, sell: 0n };

export function makeOrderBook(): OrderBook {
  return { orders: new Map(), open: new Map(), openByPosition: new Map(), openByInstrument: new Map() };
}

/**
 * The book of these orders. `openIds` names every order that has not ended.
 *
 * @throws AssertionError when the two contradict each other
 */
export function restoreOrderBook(orders: Iterable<Order>, openIds: readonly string[]): OrderBook {
  const book = makeOrderBook();
  let unended = 0;
  for (const order of orders) {
    book.orders.set(order.orderId, order);
    if (!isTerminal(order.status)) unended += 1;
  }
  for (const orderId of openIds) {
    const order = book.orders.get(orderId);
    assert(order !== undefined && !isTerminal(order.status), `expected the open order ${orderId} among the orders that have not ended`);
    replace(book, undefined, order);
  }
  assert(book.open.size === unended, `expected ${unended} open orders, found ${book.open.size}`);
  return book;
}

export function openOf(book: OrderBook, strategy: string, instrument: string): OpenQuantity {
  return book.openByPosition.get(positionKey(strategy, instrument)) ?? NOTHING_OPEN;
}

export function openOfInstrument(book: OrderBook, instrument: string): OpenQuantity {
  return book.openByInstrument.get(instrument) ?? NOTHING_OPEN;
}

/**
 * The order after the event; undefined when this event of the order was recorded before.
 *
 * @throws AssertionError for an event that cannot follow what is known of its order.
 */
export function recordOrderEvent(book: OrderBook, event: OrderEvent, traceparent: string | undefined): Order | undefined {
  const known = book.orders.get(event.orderId);
  if (known !== undefined && event.ordinal < known.nextOrdinal) return undefined;
  return replace(book, known, known === undefined ? orderFromEvent(event, traceparent) : applyOrderEvent(known, event));
}

/** Undefined when this trade of the order is booked already, or the order is not known. */
export function recordFill(book: OrderBook, fill: Pick<Fill, 'orderId' | 'tradeId' | 'quantity'>): Order | undefined {
  const known = book.orders.get(fill.orderId);
  if (known === undefined || known.tradeIds.includes(fill.tradeId)) return undefined;
  return replace(book, known, applyFill(known, fill));
}

/**
 * Forgets terminal orders whose intent cannot come again as a new one. Looks at the `countMax` orders that were looked at longest ago, so that one call stays
 * short and no order keeps others from being looked at.
 */
export function forgetOldOrders(book: OrderBook, nowMs: number, countMax: number): void {
  let left = Math.min(countMax, book.orders.size);
  for (const order of book.orders.values()) {
    if (left === 0) return;
    left -= 1;
    book.orders.delete(order.orderId);
    if (!isTerminal(order.status) || rememberedUntilMs(order) >= nowMs) book.orders.set(order.orderId, order);
  }
}

/**
 * An intent may carry any expiry, and may be denied for it; so the time of the decision bounds how long its order is remembered. A later repetition of the intent is known by its place on the bus ({@link ../state/answered-intents.ts}).
 */
function rememberedUntilMs({ expiresAt, decidedAtMs }: Order): number {
  const latestMs = decidedAtMs + ORDER_VALIDITY_MS_MAX;
  const expiresAtMs = Date.parse(expiresAt);
  return (Number.isNaN(expiresAtMs) ? latestMs : Math.min(expiresAtMs, latestMs)) + TERMINAL_ORDER_RETENTION_MS;
}

function replace(book: OrderBook, before: Order | undefined, after: Order): Order {
  book.orders.set(after.orderId, after);
  if (isTerminal(after.status)) book.open.delete(after.orderId);
  else book.open.set(after.orderId, after);
  const change = leavesOf(after) - (before === undefined ? 0n : leavesOf(before));
  if (change === 0n) return after;
  addOpen(book.openByPosition, positionKey(after.strategy, after.instrument), after, change);
  addOpen(book.openByInstrument, after.instrument, after, change);
  return after;
}

function addOpen(map: Map<string, OpenQuantity>, key: string, order: Order, change: bigint): void {
  const { buy, sell } = map.get(key) ?? NOTHING_OPEN;
  const open = order.side === 'BUY' ? { buy: buy + change, sell } : { buy, sell: sell + change };
  assert(open.buy >= 0n && open.sell >= 0n, `the open quantity of ${key} must not fall below zero: order ${order.orderId}`);
  if (open.buy === 0n && open.sell === 0n) map.delete(key);
  else map.set(key, open);
}
