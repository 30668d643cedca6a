/** Gathers the open positions of one strategy, with what a flattening order depends on. Pure. */
import { larger } from '@flotilla/contracts';
import type { ActiveConfig } from '../config/active-config.ts';
import { accountExposureOf } from '../engine/exposure-of.ts';
import type { Market } from '../market/market.ts';
import { openOf } from '../orders/order-book.ts';
import type { ExecState } from '../state/exec-state.ts';
import type { OpenPosition } from './plan-flatten.ts';

export function openPositionsOf(
  strategy: string,
  { state, market, config }: { readonly state: ExecState; readonly market: Market; readonly config: ActiveConfig | undefined },
): readonly OpenPosition[] {
  const held = [...state.ledger.entries.values()].filter((entry) => entry.strategy === strategy && entry.position.quantity !== 0n);
  return held.map(({ instrument, position: { quantity } }) => {
    const open = openOf(state.orders, strategy, instrument);
    const account = accountExposureOf(state, instrument);
    return {
      instrument,
      quantity,
      hasOpenOrder: open.buy > 0n || open.sell > 0n,
      accountClosable: larger(quantity > 0n ? account.position - account.openSell : -account.position - account.openBuy, 0n),
      price: market.get(instrument)?.reference,
      definition: config?.instruments.get(instrument),
    };
  });
}
