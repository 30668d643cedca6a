/** Sends an accepted order through the gate, or records why the order was not sent. */
import { gateOfStrategy } from '../gate/strategy-gate.ts';
import { type Submission, submitThroughGate } from '../gate/submit-through-gate.ts';
import { isOwnOrder, type Order } from '../orders/order.ts';
import type { EngineOptions } from './engine-options.ts';
import type { Recorder } from './recorder.ts';
import { isOpenReduction } from './reductions.ts';
import { venueOrderOf } from './venue-order.ts';

/** Why a reduce-only order ends when its position no longer covers it. */
export const OVERSHOOT_REASON = 'REDUCE_ONLY_VIOLATION: the position that the order reduces has become smaller';

/**
 * Undefined, and nothing happened, unless the order waits for submission.
 *
 * @param handedOver Ids of orders that the venue has and whose end is not recorded yet. An order is handed over once.
 */
export function submitOrder(orderId: string, handedOver: Set<string>, options: EngineOptions, recorder: Recorder): Submission | undefined {
  const { state, clock } = options;
  const order = state.orders.orders.get(orderId);
  if (order?.status !== 'ACCEPTED' || handedOver.has(orderId)) return undefined;
  const reducing = isOpenReduction(state, order);
  if (order.reduceOnly && !reducing) return refuse(order, { kind: 'REFUSED', status: 'CANCELLED', reason: OVERSHOOT_REASON }, recorder);
  handedOver.add(orderId);
  const gate = gateOfStrategy(options.gate(), options.config()?.strategies.get(order.strategy), isOwnOrder(order));
  const submission = submitThroughGate(gate, venueOrderOf(order), { reducing, nowMs: clock.nowMs() }, options.venue());
  return submission.kind === 'REFUSED' ? refuse(order, submission, recorder) : submission;
}

function refuse(order: Order, submission: Extract<Submission, { readonly kind: 'REFUSED' }>, recorder: Recorder): Submission {
  recorder.recordStatus(order, submission.status, submission.reason);
  return submission;
}
