/**
 * The synchronous heart: intents and venue reports in, events out.
 *
 * Every change of state is an event, folded at once and handed to the writer in the same turn; so the stream holds them in the order in
 * which they happened, and a rebuild folds to the same state.
 */
import { assert, type Clock, type Denial, type OrderIntent, type OrderStatus } from '@flotilla/contracts';
import { runChecks } from '../checks/chain.ts';
import { reduces } from '../checks/position-exposure.ts';
import type { GateState } from '../gate/gate-state.ts';
import { gateOfStrategy } from '../gate/strategy-gate.ts';
import { type Submission, submitThroughGate } from '../gate/submit-through-gate.ts';
import type { Market } from '../market/market.ts';
import { isOwnOrder, isTerminal, leavesOf, type Order } from '../orders/order.ts';
import { forgetOldOrders } from '../orders/order-book.ts';
import { type ExecState, foldFill, foldOrderEvent } from '../state/exec-state.ts';
import { isAnswered } from '../state/answered-intents.ts';
import type { Venue, VenueReport } from '../venues/venue.ts';
import type { ActiveConfig } from '../config/active-config.ts';
import { accountExposureOf, exposureOf, gatherCheckContext } from './check-context.ts';
import {
  type EventSource,
  fillEvent,
  firstOrderEvent,
  type IntentOrigin,
  laterOrderEvent,
  orderIdOf,
  type Recorded,
} from './execution-events.ts';
import { venueOrderOf } from './venue-order.ts';

export type Decision =
  /** The intent is known: nothing happened. */
  | { readonly kind: 'DUPLICATE'; readonly order: Order }
  | { readonly kind: 'DENIED'; readonly order: Order; readonly denials: readonly Denial[]; readonly written: Promise<void> }
  /** To be submitted after `written`. */
  | { readonly kind: 'ACCEPTED'; readonly order: Order; readonly written: Promise<void> };

export interface EngineOptions {
  readonly source: EventSource;
  readonly state: ExecState;
  readonly market: Market;
  readonly clock: Clock;
  readonly config: () => ActiveConfig | undefined;
  readonly gate: () => GateState;
  /** Since exec last made sure of its limits; undefined before the first time. */
  readonly confirmationAgeMs: () => number | undefined;
  readonly venue: () => Venue;
  /** Resolves when the stream stored it; events are stored in the order of the calls. */
  readonly write: (recorded: Recorded) => Promise<void>;
  readonly onRecorded?: (recorded: Recorded) => void;
}

export interface Engine {
  /** Whether the intent at this place on the bus was answered and its order is forgotten: there is nothing left to do for it. */
  wasAnswered(intent: OrderIntent, place: { readonly sequence: number; readonly storedAtMs: number }): boolean;
  decide(intent: OrderIntent, origin: IntentOrigin): Decision;
  /** Gate check and venue write in one turn; an order that is not waiting for submission is left alone. */
  submit(orderId: string): Submission | undefined;
  /** To be given to the venue. */
  onReport(report: VenueReport): void;
  /** Whether an open order brings its position nearer to zero, whatever else that is open fills. */
  isReduction(orderId: string): boolean;
  /** Ends an order that the venue does not hold. */
  end(orderId: string, status: 'FILLED' | 'PARTIALLY_FILLED' | 'EXPIRED' | 'CANCELLED', reason?: string): void;
}

/** Old orders looked at per intent. */
const FORGET_COUNT_MAX = 8;
const OVERSHOOT_REASON = 'REDUCE_ONLY_VIOLATION: the position it reduces has become smaller';

export function makeEngine(options: EngineOptions): Engine {
  const { source, state, clock } = options;
  /** Orders at the venue whose fate is not known yet: handed over once, whatever comes again. */
  const handedOver = new Set<string>();

  function record(recorded: Recorded): Promise<void> {
    if (recorded.type === 'executions.order') {
      foldOrderEvent(state, recorded.event, recorded.traceparent);
      if (isTerminal(recorded.event.status)) handedOver.delete(recorded.event.orderId);
    } else {
      foldFill(state, recorded.event);
    }
    options.onRecorded?.(recorded);
    return options.write(recorded);
  }

  /** Nobody waits for it: the writer keeps it until it is stored, or ends the process. */
  function recordLater(order: Order, status: OrderStatus, reason?: string): void {
    void record(laterOrderEvent(source, order, status, clock.nowMs(), reason)).catch(() => undefined);
  }

  function decide(intent: OrderIntent, origin: IntentOrigin): Decision {
    const orderId = orderIdOf(source.portfolio, intent, origin);
    const known = state.orders.orders.get(orderId);
    if (known !== undefined) return { kind: 'DUPLICATE', order: known };
    const nowMs = clock.nowMs();
    forgetOldOrders(state.orders, nowMs, FORGET_COUNT_MAX);
    const around = {
      portfolio: source.portfolio,
      state,
      market: options.market,
      config: options.config(),
      gate: options.gate(),
      nowMs,
      confirmationAgeMs: options.confirmationAgeMs(),
    };
    const context = gatherCheckContext(intent, origin, around);
    const denials = runChecks(context);
    const first = firstOrderEvent(source, intent, origin, nowMs, { denials, policyHash: context.strategy?.policyHash });
    const written = record(first);
    const order = orderOf(orderId);
    return denials.length > 0 ? { kind: 'DENIED', order, denials, written } : { kind: 'ACCEPTED', order, written };
  }

  function submit(orderId: string): Submission | undefined {
    const order = state.orders.orders.get(orderId);
    if (order?.status !== 'ACCEPTED' || handedOver.has(orderId)) return undefined;
    const reducing = isOpenReduction(order);
    if (order.reduceOnly && !reducing) return refuse(order, { kind: 'REFUSED', status: 'CANCELLED', reason: OVERSHOOT_REASON });
    handedOver.add(orderId);
    const gate = gateOfStrategy(options.gate(), options.config()?.strategies.get(order.strategy), isOwnOrder(order));
    const submission = submitThroughGate(gate, venueOrderOf(order), { reducing, nowMs: clock.nowMs() }, options.venue());
    return submission.kind === 'REFUSED' ? refuse(order, submission) : submission;
  }

  function refuse(order: Order, submission: Extract<Submission, { readonly kind: 'REFUSED' }>): Submission {
    recordLater(order, submission.status, submission.reason);
    return submission;
  }

  function onReport(report: VenueReport): void {
    const order = state.orders.orders.get(report.orderId);
    if (order === undefined || isTerminal(order.status)) return;
    if (report.kind === 'FILL') return onFill(order, report);
    recordLater(order, report.kind, report.kind === 'RESTING' ? undefined : report.reason);
  }

  function onFill(order: Order, report: Extract<VenueReport, { readonly kind: 'FILL' }>): void {
    if (order.tradeIds.includes(report.tradeId)) return;
    assert(report.quantity > 0n && report.price > 0n, `trade ${report.tradeId} must have a price and a quantity above zero`);
    assert(
      order.filled + report.quantity <= order.quantity,
      `trade ${report.tradeId} would fill order ${order.orderId} beyond its quantity`,
    );
    const config = options.config();
    const account = config?.config.account ?? source.portfolio;
    const venue = config?.config.venue.name ?? 'paper';
    void record(fillEvent(source, order, report, { account, venue, nowMs: clock.nowMs() })).catch(() => undefined);
    const filled = orderOf(order.orderId);
    recordLater(filled, filled.filled === filled.quantity ? 'FILLED' : 'PARTIALLY_FILLED');
    cancelOvershootingReductions(order.strategy, order.instrument);
  }

  /** A resting reduce-only order must not outlive the position that it reduces. */
  function cancelOvershootingReductions(strategy: string, instrument: string): void {
    let closable = exposureOf(state, strategy, instrument).position;
    for (const order of state.orders.open.values()) {
      if (!order.reduceOnly || order.strategy !== strategy || order.instrument !== instrument) continue;
      closable += order.side === 'BUY' ? leavesOf(order) : -leavesOf(order);
      const overshoots = order.side === 'BUY' ? closable > 0n : closable < 0n;
      if (!overshoots) continue;
      closable += order.side === 'BUY' ? -leavesOf(order) : leavesOf(order);
      options.venue().cancel(order.orderId, OVERSHOOT_REASON);
    }
  }

  /** Whether an accepted order, itself counted as open, still is a reduction. */
  function isOpenReduction(order: Order): boolean {
    const leaves = leavesOf(order);
    const without = (exposure: ReturnType<typeof exposureOf>) =>
      order.side === 'BUY' ? { ...exposure, openBuy: exposure.openBuy - leaves } : { ...exposure, openSell: exposure.openSell - leaves };
    return (
      reduces(without(exposureOf(state, order.strategy, order.instrument)), order.side, leaves) &&
      reduces(without(accountExposureOf(state, order.instrument)), order.side, leaves)
    );
  }

  function orderOf(orderId: string): Order {
    const order = state.orders.orders.get(orderId);
    assert(order !== undefined, `order ${orderId} was just recorded`);
    return order;
  }

  return {
    wasAnswered: (intent, place) =>
      !state.orders.orders.has(orderIdOf(source.portfolio, intent, { by: 'AGENT' })) && isAnswered(state.answered, place),
    decide,
    submit,
    onReport,
    isReduction(orderId) {
      const order = state.orders.orders.get(orderId);
      return order !== undefined && isOpenReduction(order);
    },
    end(orderId, status, reason) {
      const order = state.orders.orders.get(orderId);
      if (order !== undefined && !isTerminal(order.status)) recordLater(order, status, reason);
    },
  };
}
