/**
 * An exchange simulator for one instrument: orders against quotes, trades and bars.
 *
 * The simulator is a pure state machine. The caller gives the time with every input, never an earlier one, and the random sequence of the models, so the
 * same inputs give the same reports. Our orders never trade with each other. What the simulator assumes where market data is silent is always the worse
 * case for the trader, but where a model says otherwise.
 */
import { assert } from '@flotilla/contracts/errors/assert.ts';
import type { Sides } from '../market/quote.ts';
import { HAPPENING, isEnded, STATUS } from '../orders/order-status.ts';
import { Arrivals } from './arrivals.ts';
import { CommandQueue } from './command-queue.ts';
import { Fills } from './fills.ts';
import { assertTaken, HeldOrder, reducibleLots } from './held-order.ts';
import { HeldOrders, OPEN_ORDERS_MAX } from './held-orders.ts';
import type { Bar, MarketTrade } from './market-data.ts';
import { MarketMatching, type MarketMoment } from './market-matching.ts';
import type { OrderChange, OrderRequest } from './order-request.ts';
import { Outbox } from './outbox.ts';
import type { Report } from './report.ts';
import { ShownDepth } from './shown-depth.ts';
import type { Phase, SimulatorTerms } from './simulator-terms.ts';

/** Bound on the changes that are on their way. Every open order has at most one submission and one cancel on its way beside them. */
export const CHANGES_MAX = 10_000;

/** An order that the venue held before a restart. */
export interface RestoredOrder {
  readonly request: OrderRequest;
  readonly filledLots: number;
  /** Trades so far: the next trade takes this ordinal. */
  readonly tradeCount: number;
  readonly arrivedMs: number;
}

/** Changed in place. Every input gives the reports that it caused, those of time that passed first. */
export class Simulator {
  readonly #terms: SimulatorTerms;
  readonly #held = new HeldOrders();
  readonly #commands = new CommandQueue();
  readonly #outbox: Outbox;
  readonly #depth: ShownDepth;
  readonly #fills: Fills;
  readonly #matching: MarketMatching;
  readonly #arrivals: Arrivals;
  readonly #moment: { isOpen: boolean; nowMs: number } & MarketMoment = { isOpen: true, nowMs: Number.NEGATIVE_INFINITY };
  #phase: Phase = 'OPEN';
  #changesOnTheirWay = 0;
  /** Not after the first `endsMs` of a resting order. */
  #nextEndMs = Number.POSITIVE_INFINITY;

  constructor(terms: SimulatorTerms) {
    this.#terms = terms;
    this.#outbox = new Outbox(terms.models.latency);
    this.#depth = new ShownDepth(terms.depthUse);
    this.#fills = new Fills(terms, this.#outbox);
    this.#matching = new MarketMatching(terms, this.#depth, this.#fills, this.#held);
    this.#arrivals = new Arrivals({ terms, held: this.#held, matching: this.#matching, outbox: this.#outbox });
  }

  /** What the account holds; below zero when short. */
  get positionLots(): number {
    return this.#fills.positionLots;
  }

  /** Market data that changed nothing, because newer data was known, or its numbers were not usable. */
  get ignoredData(): { readonly lateCount: number; readonly unusableCount: number } {
    return { lateCount: this.#matching.lateCount, unusableCount: this.#matching.unusableCount };
  }

  /** Orders that are open or on their way. */
  openOrders(): readonly HeldOrder[] {
    return [...this.#held.byId.values()];
  }

  submit(request: OrderRequest, nowMs: number): readonly Report[] {
    this.#begin(nowMs);
    const { orderId } = request;
    if (this.#held.knows(orderId)) return this.#end();
    const held = new HeldOrder(request);
    assertTaken(held.order.take(HAPPENING.SUBMIT, this.#outbox.cause), held);
    if (this.#held.byId.size >= OPEN_ORDERS_MAX) {
      assertTaken(held.order.take(HAPPENING.REJECT, this.#outbox.cause), held);
      this.#held.forget(held);
      this.#outbox.add({ kind: 'REJECTED', orderId, reason: 'TOO_MANY_ORDERS' });
      return this.#end();
    }
    this.#held.byId.set(orderId, held);
    this.#commands.send({ kind: 'SUBMIT', held }, this.#arrivalMs());
    return this.#end();
  }

  cancel(orderId: number, nowMs: number): readonly Report[] {
    this.#begin(nowMs);
    const held = this.#held.byId.get(orderId);
    if (held === undefined) this.#outbox.add({ kind: 'CANCEL_REFUSED', orderId, reason: 'UNKNOWN_ORDER' });
    else if (held.order.status === STATUS.PENDING_CANCEL) this.#outbox.add({ kind: 'CANCEL_REFUSED', orderId, reason: 'CANCEL_PENDING' });
    else this.#sendCancel(held);
    return this.#end();
  }

  /** Cancels every order that has no cancel on its way. */
  cancelAll(nowMs: number): readonly Report[] {
    this.#begin(nowMs);
    for (const held of this.#held.byId.values()) if (held.order.status !== STATUS.PENDING_CANCEL) this.#sendCancel(held);
    return this.#end();
  }

  /** A limit order gets another limit and another whole quantity, with what it has traded. */
  update(orderId: number, change: OrderChange, nowMs: number): readonly Report[] {
    this.#begin(nowMs);
    const held = this.#held.byId.get(orderId);
    if (held === undefined) this.#arrivals.refuseUpdate(orderId, 'UNKNOWN_ORDER');
    else if (held.order.status === STATUS.PENDING_CANCEL) this.#arrivals.refuseUpdate(orderId, 'CANCEL_PENDING');
    else if (this.#changesOnTheirWay >= CHANGES_MAX) this.#arrivals.refuseUpdate(orderId, 'TOO_MANY_COMMANDS');
    else {
      assertTaken(held.order.take(HAPPENING.REQUEST_UPDATE, this.#outbox.cause), held);
      this.#changesOnTheirWay += 1;
      this.#commands.send({ kind: 'UPDATE', held, change }, this.#arrivalMs());
    }
    return this.#end();
  }

  /** @param sourceMs time of the quote by its source; `sequence` is the source's own count for that time */
  quote(sides: Sides, sourceMs: number, sequence: number, nowMs: number): readonly Report[] {
    this.#begin(nowMs);
    this.#matching.quote(sides, sourceMs, sequence, this.#moment);
    return this.#end();
  }

  trade(trade: MarketTrade, nowMs: number): readonly Report[] {
    this.#begin(nowMs);
    this.#matching.trade(trade, this.#moment);
    return this.#end();
  }

  bar(bar: Bar, nowMs: number): readonly Report[] {
    this.#begin(nowMs);
    this.#matching.bar(bar, this.#moment);
    return this.#end();
  }

  /** After a halt and after a closed session nothing trades before new market data comes. */
  setPhase(phase: Phase, nowMs: number): readonly Report[] {
    this.#begin(nowMs);
    if (phase !== this.#phase) {
      this.#phase = phase;
      this.#moment.isOpen = phase === 'OPEN';
      this.#depth.clear();
      if (phase === 'CLOSED') this.#endSession();
    }
    return this.#end();
  }

  /** Lets time pass: commands arrive, and orders expire. */
  advance(nowMs: number): readonly Report[] {
    this.#begin(nowMs);
    return this.#end();
  }

  /** Takes back what the venue held before a restart, before the first other input. Orders come in the order in which they arrived. */
  restore(orders: readonly RestoredOrder[], positionLots: number): void {
    this.#fills.positionLots = positionLots;
    assert(this.#held.byId.size + orders.length <= OPEN_ORDERS_MAX, `expected at most ${OPEN_ORDERS_MAX} orders, found ${orders.length}`);
    for (const { request, filledLots, tradeCount, arrivedMs } of orders) {
      const held = new HeldOrder(request);
      assertTaken(held.order.take(HAPPENING.SUBMIT, 0), held);
      assertTaken(held.order.take(HAPPENING.ACCEPT, 0), held);
      if (filledLots > 0) assertTaken(held.order.fill(filledLots, 0), held);
      held.tradeCount = tradeCount;
      held.arrivedMs = arrivedMs;
      held.hasMet = true;
      if (request.timeInForce === 'GTD') held.endsMs = request.expiryMs ?? held.endsMs;
      if (held.isMarket) held.endsMs = Math.min(held.endsMs, arrivedMs + this.#terms.marketOrderAgeMsMax);
      this.#nextEndMs = Math.min(this.#nextEndMs, held.endsMs);
      this.#held.byId.set(request.orderId, held);
      this.#arrivals.rest(held);
    }
  }

  #sendCancel(held: HeldOrder): void {
    assertTaken(held.order.take(HAPPENING.REQUEST_CANCEL, this.#outbox.cause), held);
    this.#commands.send({ kind: 'CANCEL', held }, this.#arrivalMs());
  }

  #arrivalMs(): number {
    return this.#outbox.nowMs + this.#terms.models.latency('COMMAND');
  }

  #begin(nowMs: number): void {
    if (nowMs < this.#outbox.nowMs) failOnEarlierTime(nowMs, this.#outbox.nowMs);
    this.#outbox.cause += 1;
    this.#pass(nowMs);
  }

  /** Commands that arrive now are worked on in the same input: a latency of zero is an answer at once. */
  #end(): readonly Report[] {
    this.#settle();
    this.#pass(this.#outbox.nowMs);
    return this.#outbox.take();
  }

  /** Every round takes a command or ends an order, so the rounds are bounded by both. An order that ends at a time does not see a command of that time. */
  #pass(nowMs: number): void {
    for (;;) {
      const dueMs = Math.min(this.#nextEndMs, this.#commands.dueMs());
      if (dueMs > nowMs) break;
      this.#moveTo(Math.max(dueMs, this.#outbox.nowMs));
      if (this.#nextEndMs <= dueMs) this.#endDue();
      else this.#arrive();
      this.#settle();
    }
    this.#moveTo(nowMs);
  }

  #moveTo(nowMs: number): void {
    this.#outbox.nowMs = nowMs;
    this.#moment.nowMs = nowMs;
  }

  #arrive(): void {
    const command = this.#commands.receive();
    if (command === undefined) return;
    if (command.kind === 'UPDATE') this.#changesOnTheirWay -= 1;
    this.#arrivals.take(command, this.#phase);
    this.#nextEndMs = Math.min(this.#nextEndMs, command.held.endsMs);
  }

  /** Ends the resting orders whose time has come, and finds the next time. */
  #endDue(): void {
    this.#nextEndMs = Number.POSITIVE_INFINITY;
    for (const { orders } of this.#held.sides) {
      for (const held of orders) {
        if (isEnded(held.order.status)) continue;
        if (held.endsMs > this.#outbox.nowMs) this.#nextEndMs = Math.min(this.#nextEndMs, held.endsMs);
        else if (held.request.expiryMs === held.endsMs) this.#arrivals.expire(held, 'EXPIRY_REACHED');
        else this.#arrivals.cancel(held, 'MARKET_ORDER_TOO_OLD');
      }
    }
  }

  #endSession(): void {
    for (const { orders } of this.#held.sides) {
      for (const held of orders) {
        if (held.request.timeInForce === 'DAY') this.#arrivals.expire(held, 'SESSION_ENDED');
        else if (held.isMarket) this.#arrivals.cancel(held, 'SESSION_ENDED');
      }
    }
  }

  /** Forgets what has ended, and cancels reduce-only orders that have nothing to reduce any more. */
  #settle(): void {
    if (!this.#outbox.hasNews) return;
    this.#outbox.hasNews = false;
    for (const { orders } of this.#held.sides) {
      for (const held of orders) {
        if (!held.request.isReduceOnly || isEnded(held.order.status)) continue;
        if (reducibleLots(held.request, this.#fills.positionLots) === 0) this.#arrivals.cancel(held, 'NOTHING_TO_REDUCE');
      }
    }
    this.#held.sweep();
  }
}

/** Apart, because a text for each input would cost more than the input. */
function failOnEarlierTime(nowMs: number, lastMs: number): void {
  assert(false, `expected a time from ${lastMs}, found ${nowMs}: inputs come in the order of their times`);
}
