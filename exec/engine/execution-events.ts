/** The events that exec writes, with deterministic ids. Pure. */
import {
  clientOrderId,
  type Denial,
  type Envelope,
  type Fill,
  fillId,
  formatTime,
  formatUnits,
  type OrderEvent,
  orderEventId,
  type OrderIntent,
  type OrderStatus,
  type Reconcile,
  SCHEMA_VERSION,
  subjects,
} from '@flotilla/contracts';
import type { Order } from '../orders/order.ts';
import type { VenueReport } from '../venues/venue.ts';

/** The instance of exec that writes. */
export interface EventSource {
  readonly portfolio: string;
  readonly epoch: number;
  readonly revision: string;
}

/** An event with its subject. */
export type Recorded =
  | { readonly type: 'executions.order'; readonly subject: string; readonly event: OrderEvent; readonly traceparent: string | undefined }
  | { readonly type: 'executions.fill'; readonly subject: string; readonly event: Fill; readonly traceparent: string | undefined };

export interface RecordedReconcile {
  readonly type: 'executions.reconcile';
  readonly subject: string;
  readonly event: Reconcile;
  readonly traceparent: undefined;
}

export interface IntentOrigin {
  /** AGENT: the intent comes from the bus. EXEC: exec made the intent, to close a position; the order has the id of the intent. */
  readonly by: 'AGENT' | 'EXEC';
  /** The last token of the subject `decisions.order_intent.<portfolio>.<strategy>`. */
  readonly subjectStrategy: string;
  readonly causationId: string | undefined;
  readonly traceparent: string | undefined;
}

export function orderIdOf(portfolio: string, intent: Pick<OrderIntent, 'id'>, origin: Pick<IntentOrigin, 'by'>): string {
  return origin.by === 'EXEC' ? intent.id : clientOrderId(portfolio, intent.id);
}

/** The first event of an intent's order: DENIED or ACCEPTED. */
export function firstOrderEvent(
  source: EventSource,
  intent: OrderIntent,
  origin: IntentOrigin,
  nowMs: number,
  verdict: { readonly denials: readonly Denial[]; readonly policyHash: string | undefined },
): Recorded {
  const orderId = orderIdOf(source.portfolio, intent, origin);
  const denied = verdict.denials.length > 0;
  const event: OrderEvent = {
    ...envelopeOf(source, orderEventId(orderId, 0), intent.corrId, origin.causationId, nowMs, verdict.policyHash),
    portfolio: source.portfolio,
    epoch: source.epoch,
    strategy: origin.subjectStrategy,
    instrument: intent.instrument,
    orderId,
    intentId: intent.id,
    ordinal: 0,
    status: denied ? 'DENIED' : 'ACCEPTED',
    side: intent.side,
    type: intent.type,
    quantity: intent.quantity,
    ...(intent.limitPrice === undefined ? {} : { limitPrice: intent.limitPrice }),
    timeInForce: intent.timeInForce,
    reduceOnly: intent.reduceOnly,
    expiresAt: intent.expiresAt,
    filledQuantity: '0',
    leavesQuantity: denied ? '0' : intent.quantity,
    ...(denied ? { denials: [...verdict.denials] } : {}),
  };
  return {
    type: 'executions.order',
    subject: subjects.order(source.portfolio, origin.subjectStrategy),
    event,
    traceparent: origin.traceparent,
  };
}

/** A later event of an order. Its quantities are those of `order`. */
export function laterOrderEvent(source: EventSource, order: Order, status: OrderStatus, nowMs: number, reason?: string): Recorded {
  const open = status === 'RESTING' || status === 'PARTIALLY_FILLED';
  const event: OrderEvent = {
    ...envelopeOf(source, orderEventId(order.orderId, order.nextOrdinal), order.corrId, order.causationId, nowMs, order.policyHash),
    portfolio: source.portfolio,
    epoch: source.epoch,
    strategy: order.strategy,
    instrument: order.instrument,
    orderId: order.orderId,
    intentId: order.intentId,
    ordinal: order.nextOrdinal,
    status,
    side: order.side,
    type: order.type,
    quantity: formatUnits(order.quantity),
    ...(order.limitPrice === undefined ? {} : { limitPrice: formatUnits(order.limitPrice) }),
    timeInForce: order.timeInForce,
    reduceOnly: order.reduceOnly,
    expiresAt: order.expiresAt,
    filledQuantity: formatUnits(order.filled),
    leavesQuantity: open ? formatUnits(order.quantity - order.filled) : '0',
    ...(reason === undefined ? {} : { reason: reason.slice(0, 512) }),
  };
  return { type: 'executions.order', subject: subjects.order(source.portfolio, order.strategy), event, traceparent: order.traceparent };
}

/** A trade that the venue reported. `order` is the order before the trade. */
export function fillEvent(
  source: EventSource,
  order: Order,
  report: Extract<VenueReport, { readonly kind: 'FILL' }>,
  at: { readonly account: string; readonly venue: string; readonly nowMs: number },
): Recorded {
  const filled = order.filled + report.quantity;
  const event: Fill = {
    ...envelopeOf(source, fillId(at.account, at.venue, report.tradeId), order.corrId, order.causationId, at.nowMs, order.policyHash),
    portfolio: source.portfolio,
    epoch: source.epoch,
    strategy: order.strategy,
    instrument: order.instrument,
    account: at.account,
    venue: at.venue,
    orderId: order.orderId,
    intentId: order.intentId,
    tradeId: report.tradeId,
    side: order.side,
    price: formatUnits(report.price),
    quantity: formatUnits(report.quantity),
    fee: formatUnits(report.fee),
    liquidity: report.liquidity,
    fillType: filled === order.quantity ? 'FULL' : 'PARTIAL',
    filledQuantity: formatUnits(filled),
    leavesQuantity: formatUnits(order.quantity - filled),
  };
  return { type: 'executions.fill', subject: subjects.fill(source.portfolio, order.strategy), event, traceparent: order.traceparent };
}

export function envelopeOf(
  source: EventSource,
  id: string,
  corrId: string,
  causationId: string | undefined,
  nowMs: number,
  policyHash?: string,
): Envelope {
  return {
    schemaVersion: SCHEMA_VERSION,
    id,
    corrId,
    ...(causationId === undefined ? {} : { causationId }),
    time: formatTime(nowMs),
    producer: { service: 'exec', revision: source.revision },
    ...(policyHash === undefined ? {} : { policyHash }),
  };
}
