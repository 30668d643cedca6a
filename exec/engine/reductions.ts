/**
 * Which orders reduce risk: those that bring the position of their strategy and the position of the account nearer to zero, whatever other
 * open orders fill. Pure.
 */
import type { Side } from '@flotilla/contracts';
import { type Exposure, reduces } from '../checks/position-exposure.ts';
import { leavesOf, type Order } from '../orders/order.ts';
import type { ExecState } from '../state/exec-state.ts';
import { accountExposureOf, exposureOf } from './exposure-of.ts';

/** Whether an order that is not open yet would be a reduction. */
export function isReduction(
  state: ExecState,
  strategy: string,
  order: { readonly instrument: string; readonly side: Side },
  quantity: bigint,
): boolean {
  return (
    reduces(exposureOf(state, strategy, order.instrument), order.side, quantity) &&
    reduces(accountExposureOf(state, order.instrument), order.side, quantity)
  );
}

/** Whether an order that the fold counts as open is a reduction still. */
export function isOpenReduction(state: ExecState, order: Order): boolean {
  const { strategy, instrument, side } = order;
  const leaves = leavesOf(order);
  return (
    reduces(withoutOrder(exposureOf(state, strategy, instrument), side, leaves), side, leaves) &&
    reduces(withoutOrder(accountExposureOf(state, instrument), side, leaves), side, leaves)
  );
}

/**
 * Open reduce-only orders that could take their position beyond zero, because the position has become smaller. Older orders keep their
 * place: an order overshoots when the position does not cover it beside those that came before and stay.
 */
export function overshootingReductions(state: ExecState, strategy: string, instrument: string): readonly Order[] {
  const overshooting: Order[] = [];
  let closable = exposureOf(state, strategy, instrument).position;
  for (const order of state.orders.open.values()) {
    if (!order.reduceOnly || order.strategy !== strategy || order.instrument !== instrument) continue;
    const after = order.side === 'BUY' ? closable + leavesOf(order) : closable - leavesOf(order);
    if (order.side === 'BUY' ? after > 0n : after < 0n) overshooting.push(order);
    else closable = after;
  }
  return overshooting;
}

function withoutOrder(exposure: Exposure, side: Side, leaves: bigint): Exposure {
  return side === 'BUY' ? { ...exposure, openBuy: exposure.openBuy - leaves } : { ...exposure, openSell: exposure.openSell - leaves };
}
