/** Decides on an order intent: gathers what the checks need, runs the checks and records DENIED or ACCEPTED. */
import type { Denial, OrderIntent } from '@flotilla/contracts';
import { runChecks } from '../checks/chain.ts';
import type { Order } from '../orders/order.ts';
import { forgetOldOrders } from '../orders/order-book.ts';
import { gatherCheckContext } from './check-context.ts';
import type { EngineOptions } from './engine-options.ts';
import { firstOrderEvent, type IntentOrigin, orderIdOf } from './execution-events.ts';
import type { Recorder } from './recorder.ts';

export type Decision =
  /** The order of this intent is known: nothing was recorded. */
  | { readonly kind: 'DUPLICATE'; readonly order: Order }
  | { readonly kind: 'DENIED'; readonly order: Order; readonly denials: readonly Denial[]; readonly written: Promise<void> }
  /** The caller submits the order after `written` has resolved. */
  | { readonly kind: 'ACCEPTED'; readonly order: Order; readonly written: Promise<void> };

/** Bound on old orders that one decision looks at to forget them. */
const FORGET_COUNT_MAX = 8;

export function decideIntent(intent: OrderIntent, origin: IntentOrigin, options: EngineOptions, recorder: Recorder): Decision {
  const { source, state, clock } = options;
  const orderId = orderIdOf(source.portfolio, intent, origin);
  const known = state.orders.orders.get(orderId);
  if (known !== undefined) return { kind: 'DUPLICATE', order: known };
  const nowMs = clock.nowMs();
  forgetOldOrders(state.orders, nowMs, FORGET_COUNT_MAX);
  const context = gatherCheckContext(intent, origin, {
    portfolio: source.portfolio,
    state,
    market: options.market,
    config: options.config(),
    gate: options.gate(),
    nowMs,
    confirmationAgeMs: options.confirmationAgeMs(),
  });
  const denials = runChecks(context);
  const written = recorder.record(firstOrderEvent(source, intent, origin, nowMs, { denials, policyHash: context.strategy?.policyHash }));
  const order = recorder.orderOf(orderId);
  return denials.length > 0 ? { kind: 'DENIED', order, denials, written } : { kind: 'ACCEPTED', order, written };
}
