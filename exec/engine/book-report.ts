/** Books what the venue reports: fills with their order events, and the other changes of an order. */
import { assert } from '@flotilla/contracts';
import { isTerminal, type Order } from '../orders/order.ts';
import type { VenueReport } from '../venues/venue.ts';
import type { EngineOptions } from './engine-options.ts';
import { fillEvent } from './execution-events.ts';
import type { Recorder } from './recorder.ts';
import { overshootingReductions } from './reductions.ts';
import { OVERSHOOT_REASON } from './submit-order.ts';

/** Ignores reports of orders that are unknown or at their end. */
export function bookReport(report: VenueReport, options: EngineOptions, recorder: Recorder): void {
  const order = options.state.orders.orders.get(report.orderId);
  if (order === undefined || isTerminal(order.status)) return;
  if (report.kind === 'FILL') return bookFillReport(order, report, options, recorder);
  recorder.recordStatus(order, report.kind, report.kind === 'RESTING' ? undefined : report.reason);
}

function bookFillReport(
  order: Order,
  report: Extract<VenueReport, { readonly kind: 'FILL' }>,
  { source, state, clock, config, venue }: EngineOptions,
  recorder: Recorder,
): void {
  if (order.tradeIds.includes(report.tradeId)) return;
  assert(report.quantity > 0n && report.price > 0n, `trade ${report.tradeId} must have a price and a quantity above zero`);
  assert(order.filled + report.quantity <= order.quantity, `trade ${report.tradeId} would fill order ${order.orderId} beyond its quantity`);
  const inForce = config()?.config;
  const at = { account: inForce?.account ?? source.portfolio, venue: inForce?.venue.name ?? 'paper', nowMs: clock.nowMs() };
  void recorder.record(fillEvent(source, order, report, at)).catch(() => undefined);
  const filled = recorder.orderOf(order.orderId);
  recorder.recordStatus(filled, filled.filled === filled.quantity ? 'FILLED' : 'PARTIALLY_FILLED');
  // A resting reduce-only order must not outlive the position that it reduces.
  for (const { orderId } of overshootingReductions(state, order.strategy, order.instrument)) venue().cancel(orderId, OVERSHOOT_REASON);
}
