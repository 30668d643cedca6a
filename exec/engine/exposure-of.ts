/** Positions with their open orders, as the fold holds them. Pure. */
import type { Exposure } from '../checks/position-exposure.ts';
import { positionOf } from '../ledger/ledger.ts';
import { openOf, openOfInstrument } from '../orders/order-book.ts';
import type { ExecState } from '../state/exec-state.ts';

export function exposureOf(state: ExecState, strategy: string, instrument: string): Exposure {
  const open = openOf(state.orders, strategy, instrument);
  return { position: positionOf(state.ledger, strategy, instrument).quantity, openBuy: open.buy, openSell: open.sell };
}

/** The account's net position with the open orders of all strategies. */
export function accountExposureOf(state: ExecState, instrument: string): Exposure {
  const open = openOfInstrument(state.orders, instrument);
  return { position: state.ledger.netQuantities.get(instrument) ?? 0n, openBuy: open.buy, openSell: open.sell };
}
