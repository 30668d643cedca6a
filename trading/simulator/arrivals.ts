/** What happens to a command when it reaches the simulated venue. */
import { HAPPENING, isEnded } from '../orders/order-status.ts';
import type { Command } from './command-queue.ts';
import { assertTaken, type HeldOrder, reducibleLots } from './held-order.ts';
import type { HeldOrders } from './held-orders.ts';
import { isAmount, isImmediate, judgeRequest } from './judge-request.ts';
import type { MarketMatching } from './market-matching.ts';
import type { OrderChange } from './order-request.ts';
import type { Outbox } from './outbox.ts';
import type { CancelReason, ExpireReason, RefuseReason } from './report.ts';
import type { Phase, SimulatorTerms } from './simulator-terms.ts';
import { crosses, takeShown } from './taking.ts';

export interface ArrivalsOptions {
  readonly terms: SimulatorTerms;
  readonly held: HeldOrders;
  readonly matching: MarketMatching;
  readonly outbox: Outbox;
}

export class Arrivals {
  readonly #terms: SimulatorTerms;
  readonly #held: HeldOrders;
  readonly #matching: MarketMatching;
  readonly #outbox: Outbox;

  constructor({ terms, held, matching, outbox }: ArrivalsOptions) {
    this.#terms = terms;
    this.#held = held;
    this.#matching = matching;
    this.#outbox = outbox;
  }

  take(command: Command, phase: Phase): void {
    switch (command.kind) {
      case 'SUBMIT':
        return this.#submit(command.held, phase);
      case 'CANCEL':
        return this.#cancelAsAsked(command.held);
      case 'UPDATE':
        return this.#update(command.held, command.change, phase);
    }
  }

  /** A cancel may meet an order that has ended while the cancel was on its way. */
  #cancelAsAsked(held: HeldOrder): void {
    if (!isEnded(held.order.status)) return this.cancel(held, 'REQUESTED');
    assertTaken(held.order.take(HAPPENING.REFUSE_CANCEL, this.#outbox.cause), held);
    this.#outbox.add({ kind: 'CANCEL_REFUSED', orderId: held.request.orderId, reason: 'UNKNOWN_ORDER' });
  }

  cancel(held: HeldOrder, reason: CancelReason): void {
    assertTaken(held.order.take(HAPPENING.CANCEL, this.#outbox.cause), held);
    this.#outbox.add({ kind: 'CANCELED', orderId: held.request.orderId, reason });
  }

  expire(held: HeldOrder, reason: ExpireReason): void {
    assertTaken(held.order.take(HAPPENING.EXPIRE, this.#outbox.cause), held);
    this.#outbox.add({ kind: 'EXPIRED', orderId: held.request.orderId, reason });
  }

  /** The order rests behind the others at its price. */
  rest(held: HeldOrder): void {
    const { depth } = this.#matching;
    this.#held.sideOf(held).add(held);
    if (held.isMarket) return;
    const isKnown = depth.source === 'QUOTE' && this.#isUsable();
    const shownLots = isKnown ? depth.ownSideLots(held.request.side, held.boundTicks) : Number.POSITIVE_INFINITY;
    held.aheadLots = this.#terms.models.queue(Number.POSITIVE_INFINITY, 0, shownLots);
    held.shownLots = shownLots === Number.POSITIVE_INFINITY ? 0 : shownLots;
  }

  #submit(held: HeldOrder, phase: Phase): void {
    const { request, order } = held;
    const { nowMs, cause } = this.#outbox;
    held.arrivedMs = nowMs;
    const isOpen = phase === 'OPEN';
    if (nowMs > request.validUntilMs) {
      this.expire(held, 'ARRIVED_TOO_LATE');
      return this.#held.forget(held);
    }
    const reason = judgeRequest(request, {
      nowMs,
      phase,
      crosses: isOpen && this.#crosses(held),
      reducibleLots: reducibleLots(request, this.#matching.fills.positionLots),
    });
    if (reason !== undefined) {
      assertTaken(order.take(HAPPENING.REJECT, cause), held);
      this.#outbox.add({ kind: 'REJECTED', orderId: request.orderId, reason });
      return this.#held.forget(held);
    }
    assertTaken(order.take(HAPPENING.ACCEPT, cause), held);
    this.#outbox.add({ kind: 'ACCEPTED', orderId: request.orderId });
    if (request.timeInForce === 'GTD') held.endsMs = request.expiryMs ?? held.endsMs;
    if (held.isMarket) held.endsMs = Math.min(held.endsMs, nowMs + this.#terms.marketOrderAgeMsMax);
    this.#takeAtOnce(held, isOpen);
    if (!isEnded(order.status) && isImmediate(request.timeInForce)) this.cancel(held, 'NOT_FILLABLE_AT_ONCE');
    if (isEnded(order.status)) this.#held.forget(held);
    else this.rest(held);
  }

  /** A smaller quantity keeps the place in the queue. Another price or a larger quantity goes behind the others. */
  #update(held: HeldOrder, change: OrderChange, phase: Phase): void {
    const { order, request } = held;
    if (isEnded(order.status)) return this.refuseUpdate(held.request.orderId, 'UNKNOWN_ORDER');
    const isOpen = phase === 'OPEN';
    const reason = this.#judgeChange(held, change, isOpen);
    if (reason !== undefined) {
      assertTaken(order.take(HAPPENING.REFUSE_UPDATE, this.#outbox.cause), held);
      return this.refuseUpdate(request.orderId, reason);
    }
    const keepsPlace = change.limitTicks === held.boundTicks && change.quantityLots <= order.quantityLots;
    assertTaken(order.update(change.quantityLots, change.limitTicks, this.#outbox.cause), held);
    this.#outbox.add({ kind: 'UPDATED', orderId: request.orderId, ...change });
    if (keepsPlace || isEnded(order.status)) return;
    this.#held.sideOf(held).remove(held);
    held.boundTicks = change.limitTicks;
    this.#takeAtOnce(held, isOpen);
    this.rest(held);
  }

  #takeAtOnce(held: HeldOrder, isOpen: boolean): void {
    if (!isOpen || !this.#isUsable()) return;
    takeShown(held, this.#matching);
    held.hasMet = true;
  }

  refuseUpdate(orderId: number, reason: RefuseReason): void {
    this.#outbox.add({ kind: 'UPDATE_REFUSED', orderId, reason });
  }

  #judgeChange(held: HeldOrder, { quantityLots, limitTicks }: OrderChange, isOpen: boolean): RefuseReason | undefined {
    if (held.isMarket) return 'MARKET_ORDER';
    if (!isAmount(quantityLots)) return 'QUANTITY_INVALID';
    if (!isAmount(limitTicks)) return 'PRICE_INVALID';
    if (!held.request.isPostOnly || !isOpen || !this.#isUsable()) return undefined;
    const changed = { request: held.request, boundTicks: limitTicks, isMarket: false };
    return crosses(changed, this.#matching.depth) ? 'POST_ONLY_CROSSES' : undefined;
  }

  #crosses(held: HeldOrder): boolean {
    return this.#isUsable() && crosses(held, this.#matching.depth);
  }

  #isUsable(): boolean {
    return this.#matching.depth.isUsable(this.#outbox.nowMs, this.#terms.dataAgeMsMax);
  }
}
