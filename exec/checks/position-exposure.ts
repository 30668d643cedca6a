/** A position with its open orders: the worst cases, and whether an order reduces the position. */
import { absolute, larger, type Side } from '@flotilla/contracts';

export interface Exposure {
  /** Positive when long, negative when short. */
  readonly position: bigint;
  readonly openBuy: bigint;
  readonly openSell: bigint;
}

export const NO_EXPOSURE: Exposure = { position: 0n, openBuy: 0n, openSell: 0n };

/** The exposure with one more open order. */
export function withOrder(exposure: Exposure, side: Side, quantity: bigint): Exposure {
  return side === 'BUY' ? { ...exposure, openBuy: exposure.openBuy + quantity } : { ...exposure, openSell: exposure.openSell + quantity };
}

/** The position on the order's side after every open order of that side has filled and none of the other side; at least zero. */
export function worstOnSide(exposure: Exposure, side: Side): bigint {
  const reached = side === 'BUY' ? exposure.position + exposure.openBuy : exposure.openSell - exposure.position;
  return larger(reached, 0n);
}

/** The largest |position| that any subset of the open orders can lead to. */
export function worstOf(exposure: Exposure): bigint {
  return larger(absolute(exposure.position + exposure.openBuy), absolute(exposure.position - exposure.openSell));
}

/**
 * True when the order brings the position nearer to zero and cannot cross zero, even after every open order of its side has filled.
 *
 * An order that could cross zero is not a reduction, however small its part beyond zero.
 */
export function reduces(exposure: Exposure, side: Side, quantity: bigint): boolean {
  const closable = side === 'SELL' ? exposure.position - exposure.openSell : -exposure.position - exposure.openBuy;
  return quantity > 0n && quantity <= closable;
}
