/** Books what the venue reports: the state of the order, the trade, its fee, and what stays open. */
import { assert, unreachable } from '@flotilla/contracts/errors/assert.ts';
import { ExactSum } from '../numbers/exact-sum.ts';
import { HAPPENING, isEnded, STATUS, STATUS_NAMES } from '../orders/order-status.ts';
import type { Outcome } from '../orders/order.ts';
import type { ReportBody } from '../simulator/report.ts';
import type { QuarantineReason } from './core-event.ts';
import type { PlaceOrder } from './core-input.ts';
import type { CoreState } from './core-state.ts';
import { TRADES_OF_ORDER_MAX } from './core-terms.ts';
import { type LiveOrder, openTicksOf } from './live-order.ts';

type FillReport = Extract<ReportBody, { readonly kind: 'FILLED' }>;

/** Set before each use. */
const paid = new ExactSum();

export function bookReport(state: CoreState, report: ReportBody): void {
  const live = state.orders.find(report.orderId);
  if (live === undefined) return quarantine(state, report.orderId, 'UNKNOWN_ORDER');
  const before = live.order.status;
  const outcome = report.kind === 'FILLED' ? bookFill(state, live, report) : takeReport(state, live, report);
  if (live.order.status !== before)
    state.events.push({ kind: 'STATUS', orderId: report.orderId, status: STATUS_NAMES[live.order.status] ?? 'INITIALIZED' });
  if (outcome === 'quarantined') quarantine(state, report.orderId, 'IMPOSSIBLE');
  if (outcome === 'overfilled') quarantine(state, report.orderId, 'OVERFILLED');
  if (!isEnded(before) && isEnded(live.order.status)) state.orders.end(live);
  keepOpen(state, live);
  if (report.kind === 'FILLED' && state.orders.reduceOnly.size > 0) cancelUseless(state, live.request);
}

/** Cancels the orders that only reduce, and whose position is closed or turned. A venue that does not know such orders would open a position by them. */
function cancelUseless(state: CoreState, { strategy, instrument }: PlaceOrder): void {
  const lots = state.account.lots(strategy, instrument);
  for (const { request, order } of state.orders.reduceOnly) {
    if (request.strategy !== strategy || request.instrument !== instrument || request.side * lots < 0) continue;
    if (order.isQuarantined || order.status === STATUS.PENDING_CANCEL) continue;
    order.take(HAPPENING.REQUEST_CANCEL, state.cause);
    state.events.push({ kind: 'CANCEL', orderId: request.orderId, instrument });
  }
}

function takeReport({ cause }: CoreState, live: LiveOrder, report: Exclude<ReportBody, FillReport>): Outcome {
  const { order } = live;
  if (report.kind === 'UPDATED' || report.kind === 'UPDATE_REFUSED') live.pendingLots = 0;
  switch (report.kind) {
    case 'ACCEPTED':
      return order.take(HAPPENING.ACCEPT, cause);
    case 'REJECTED':
      return order.take(HAPPENING.REJECT, cause);
    case 'CANCELED':
      return order.take(HAPPENING.CANCEL, cause);
    case 'EXPIRED':
      return order.take(HAPPENING.EXPIRE, cause);
    case 'UPDATED':
      return order.update(report.quantityLots, report.limitTicks, cause);
    case 'UPDATE_REFUSED':
      return order.take(HAPPENING.REFUSE_UPDATE, cause);
    case 'CANCEL_REFUSED':
      return order.take(HAPPENING.REFUSE_CANCEL, cause);
    default:
      return unreachable(report);
  }
}

/** What has traded has traded: the position changes, whatever the state of the order. */
function bookFill(state: CoreState, live: LiveOrder, { tradeId, priceTicks, quantityLots, fee }: FillReport): Outcome {
  const { account, reaches, markets, terms } = state;
  const { strategy, instrument, side, orderId } = live.request;
  if (live.tradeIds.includes(tradeId)) return 'late';
  if (live.tradeIds.length >= TRADES_OF_ORDER_MAX) quarantine(state, orderId, 'TOO_MANY_TRADES');
  else live.tradeIds.push(tradeId);
  const outcome = live.order.fill(quantityLots, state.cause);
  account.trade(strategy, instrument, priceTicks, side * quantityLots);
  const traded = terms.account.instruments[instrument];
  assert(traded !== undefined, `expected an instrument below ${terms.account.instruments.length}, found ${instrument}`);
  if (!fee.isZero()) {
    paid.clear();
    paid.addScaled(fee, -traded.unitsPerStep);
    account.cash(strategy, 'FEES', { currency: traded.currency, amount: paid });
  }
  reaches.trade(strategy, instrument, side * quantityLots);
  state.ages.include(instrument, markets[instrument]?.sourceMs ?? Number.NEGATIVE_INFINITY);
  const positionLots = account.lots(strategy, instrument);
  state.events.push({ kind: 'FILL', orderId, tradeId, priceTicks, quantityLots, positionLots });
  return outcome;
}

/** Brings the reach to what the order can still trade: with a change on its way, the larger of both quantities. */
function keepOpen({ reaches }: CoreState, live: LiveOrder): void {
  const { order, request } = live;
  const open = isEnded(order.status) ? 0 : Math.max(0, Math.max(order.quantityLots, live.pendingLots) - order.filledLots);
  const closed = live.openLots - open;
  if (closed > 0) reaches.close(request.strategy, request.instrument, request.side, closed);
  if (closed < 0) reaches.open(request.strategy, request.instrument, request.side, -closed, openTicksOf(live));
  live.openLots = open;
}

function quarantine(state: CoreState, orderId: number, reason: QuarantineReason): void {
  state.events.push({ kind: 'QUARANTINED', orderId, reason });
}
