/**
 * All that exec remembers, as one fold over `executions.order`, `executions.fill` and `executions.reconcile`.
 *
 * The running exec and the rebuild use the same functions on the same events, so both reach the same state by construction.
 */
import { assert, type ConfigVersion, type DenialCode, type Fill, type OrderEvent, parseUnits, type Reconcile } from '@flotilla/contracts';
import type { DayOpen } from '../ledger/day-open.ts';
import { bookFill, makeLedger, type Ledger } from '../ledger/ledger.ts';
import { utcDay } from '../ledger/utc-day.ts';
import type { Order } from '../orders/order.ts';
import { makeOrderBook, type OrderBook, recordFill, recordOrderEvent } from '../orders/order-book.ts';
import { type AnsweredThrough, answeredAfter } from './answered-intents.ts';
import { type HaltGenerations, NO_GENERATIONS } from './halt-generations.ts';
import { addMessage, type MessageLog } from './message-log.ts';

export interface StrategyCounters {
  accepted: number;
  denied: number;
  fills: number;
  readonly deniedBy: Map<DenialCode, number>;
}

export interface ExecState {
  readonly orders: OrderBook;
  readonly ledger: Ledger;
  readonly counters: Map<string, StrategyCounters>;
  readonly messages: MessageLog;
  /** By strategy: the last UTC day on which an order was denied for the day's loss. The strategy stays reduce-only for the rest of that day. */
  readonly dailyLossDays: Map<string, string>;
  /** Ids of unknown orders that have fills, and of orders whose reported quantity is above their fills. Empty unless events are missing. */
  readonly gaps: Set<string>;
  lastAcceptedAt: string | undefined;
  /** The last answered intent on the bus; undefined before the first. */
  answered: AnsweredThrough | undefined;
  /** Highest generations of halt records that any instance has read. exec raises them when it reads a record, before it writes the event that keeps them. */
  haltGenerations: HaltGenerations;
  /** The configuration record of the highest generation that any instance has read; undefined before the first that carries a generation. */
  newestConfig: ConfigVersion | undefined;
  /** P&L at the beginning of the UTC day; undefined before exec's first look. */
  dayOpen: DayOpen | undefined;
}

export function makeExecState(): ExecState {
  return {
    orders: makeOrderBook(),
    ledger: makeLedger(),
    counters: new Map(),
    messages: new Map(),
    dailyLossDays: new Map(),
    gaps: new Set(),
    lastAcceptedAt: undefined,
    answered: undefined,
    haltGenerations: NO_GENERATIONS,
    newestConfig: undefined,
    dayOpen: undefined,
  };
}

/** Returns the order after the event; undefined, and changes nothing, when the event was folded before. */
export function foldOrderEvent(state: ExecState, event: OrderEvent, traceparent: string | undefined): Order | undefined {
  const order = recordOrderEvent(state.orders, event, traceparent);
  if (order === undefined) return undefined;
  if (event.ordinal === 0) state.answered = answeredAfter(state.answered, event);
  if (order.reportedFilled > order.filled) state.gaps.add(order.orderId);
  const counters = countersOf(state, event.strategy);
  if (event.status === 'ACCEPTED') {
    counters.accepted += 1;
    state.lastAcceptedAt = event.time;
    addMessage(state.messages, event.strategy, Date.parse(event.time));
  }
  if (event.status === 'DENIED') countDenials(state, counters, event);
  return order;
}

/** Returns false, and changes nothing, when the fill was booked before. */
export function foldFill(state: ExecState, fill: Fill): boolean {
  if (state.orders.orders.has(fill.orderId)) {
    const order = recordFill(state.orders, fill);
    if (order === undefined) return false;
    if (order.reportedFilled <= order.filled) state.gaps.delete(order.orderId);
  } else {
    state.gaps.add(fill.orderId);
  }
  bookFill(state.ledger, fill);
  countersOf(state, fill.strategy).fills += 1;
  return true;
}

/** Takes the opening of the day and the newest control records from the event. A reconciliation never corrects the ledger itself. */
export function foldReconcile(state: ExecState, event: Reconcile): void {
  if (event.dayOpen !== undefined) {
    assert(UTC_DAY.test(event.dayOpen.day), `expected a day of the calendar in reconcile event ${event.id}, found ${event.dayOpen.day}`);
    state.dayOpen = { day: event.dayOpen.day, profit: parseUnits(event.dayOpen.profit) };
  }
  if (event.halt !== undefined) state.haltGenerations = { highest: event.halt.generation, highestEngaged: event.halt.engagedGeneration };
  if (event.config !== undefined) state.newestConfig = { generation: event.config.generation, hash: event.config.hash };
}

const UTC_DAY = /^20[0-9]{2}-[01][0-9]-[0-3][0-9]$/;

export function countersOf(state: ExecState, strategy: string): StrategyCounters {
  let counters = state.counters.get(strategy);
  if (counters === undefined) {
    counters = { accepted: 0, denied: 0, fills: 0, deniedBy: new Map() };
    state.counters.set(strategy, counters);
  }
  return counters;
}

function countDenials(state: ExecState, counters: StrategyCounters, event: OrderEvent): void {
  counters.denied += 1;
  for (const { code } of event.denials ?? []) {
    counters.deniedBy.set(code, (counters.deniedBy.get(code) ?? 0) + 1);
    if (code === 'DAILY_LOSS_LIMIT') state.dailyLossDays.set(event.strategy, utcDay(Date.parse(event.time)));
  }
}
