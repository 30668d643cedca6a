/** The next step of a strategy that exec flattens: done, wait or send. Pure. */
import type { DenialCode, EffectivePolicy } from '@flotilla/contracts';
import type { GateState } from '../gate/gate-state.ts';
import { type FlattenOrder, type OpenPosition, planFlatten } from './plan-flatten.ts';

export type FlattenStep =
  /** No position and no order of the strategy is open. */
  | { readonly kind: 'FLAT' }
  /** No order may go out for a position that is due. `waitsFor` is undefined while the orders of all due positions are open. */
  | { readonly kind: 'WAIT'; readonly waitsFor: DenialCode | undefined }
  /** Empty when no position is due yet. */
  | { readonly kind: 'SEND'; readonly orders: readonly FlattenOrder[] };

export interface FlattenInput {
  readonly positions: readonly OpenPosition[];
  readonly hasOpenOrders: boolean;
  /** Whether a position gets an order now, or after a delay. */
  readonly isDue: (position: OpenPosition) => boolean;
  readonly policy: EffectivePolicy;
  readonly messagesWithinSecond: number;
  /** Of exec's own orders of the strategy. */
  readonly gate: GateState;
}

export function nextFlattenStep({ positions, hasOpenOrders, isDue, policy, messagesWithinSecond, gate }: FlattenInput): FlattenStep {
  if (positions.length === 0 && !hasOpenOrders) return { kind: 'FLAT' };
  const due = positions.filter(isDue);
  const plan = planFlatten(due, policy, messagesWithinSecond);
  const orders = plan.orders.filter(({ reduceOnly }) => gate.tradingState === 'ACTIVE' || (gate.tradingState === 'REDUCING' && reduceOnly));
  if (due.length === 0 || orders.length > 0) return { kind: 'SEND', orders };
  return { kind: 'WAIT', waitsFor: plan.orders.length > 0 ? gate.code : plan.waitsFor };
}
