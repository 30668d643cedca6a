/**
 * One position at average cost.
 *
 * The cost basis is kept as a total, not as an average. So `cash flow = realized − cost − fees` holds to the last digit, whatever the
 * division of a partial close rounds to, and the cost of a flat position is exactly zero.
 */
import { absolute, multiplyExact, UNITS_PER_ONE } from '@flotilla/contracts';

export interface Position {
  /** Positive when long, negative when short. */
  readonly quantity: bigint;
  /** With the sign of the quantity: the amount paid for a long position, or received (negative) for a short position. */
  readonly cost: bigint;
  /** Realized P&L before fees. */
  readonly realized: bigint;
  readonly fees: bigint;
}

export const FLAT: Position = { quantity: 0n, cost: 0n, realized: 0n, fees: 0n };

export interface Trade {
  /** Positive for a buy, negative for a sell. */
  readonly signedQuantity: bigint;
  readonly price: bigint;
  readonly fee: bigint;
}

/** Adds a trade. A trade that crosses zero closes the old position and opens a new one at the price of the trade. */
export function applyTrade(position: Position, trade: Trade): Position {
  const charged = { ...position, fees: position.fees + trade.fee };
  const opposite = position.quantity > 0n !== trade.signedQuantity > 0n;
  if (position.quantity === 0n || !opposite) return open(charged, trade.signedQuantity, trade.price);
  if (absolute(trade.signedQuantity) <= absolute(position.quantity)) return close(charged, trade.signedQuantity, trade.price);
  const flat = close(charged, -position.quantity, trade.price);
  return open(flat, trade.signedQuantity + position.quantity, trade.price);
}

/** P&L of closing the position at `price`, before fees. */
export function unrealizedOf(position: Position, price: bigint): bigint {
  return multiplyExact(price, position.quantity) - position.cost;
}

/** Rounded toward zero at 18 places. For people, never for arithmetic. Undefined when the position is flat. */
export function averagePriceOf(position: Position): bigint | undefined {
  return position.quantity === 0n ? undefined : (position.cost * UNITS_PER_ONE) / position.quantity;
}

function open(position: Position, signedQuantity: bigint, price: bigint): Position {
  return {
    ...position,
    quantity: position.quantity + signedQuantity,
    cost: position.cost + multiplyExact(price, signedQuantity),
  };
}

function close(position: Position, signedQuantity: bigint, price: bigint): Position {
  const released = (position.cost * -signedQuantity) / position.quantity;
  return {
    ...position,
    quantity: position.quantity + signedQuantity,
    cost: position.cost - released,
    realized: position.realized - multiplyExact(price, signedQuantity) - released,
  };
}
