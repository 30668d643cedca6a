/**
 * The next orders that bring the positions of a strategy to zero. Pure.
 *
 * Each instrument gets one market order at a time, within the order size and the message rate of the policy. The part that brings the account
 * nearer to zero too is a reduce-only order. The rest takes the account away from zero, because another strategy holds the opposite position;
 * so the rest is an ordinary order that must pass every limit.
 */
import {
  absolute,
  DECIMAL_SIGNIFICANT_DIGITS_MAX,
  type DenialCode,
  type EffectivePolicy,
  type Instrument,
  UNITS_PER_ONE,
  parseUnits,
  type Side,
  smaller,
} from '@flotilla/contracts';

/** One position that is not zero. */
export interface OpenPosition {
  readonly instrument: string;
  /** Positive when long, negative when short. */
  readonly quantity: bigint;
  /** Whether an order of the strategy is open in the instrument. */
  readonly hasOpenOrder: boolean;
  /** The part of the position that brings the account nearer to zero, whatever other open orders fill; at least zero. */
  readonly accountClosable: bigint;
  /** Undefined before the first market price. */
  readonly price: bigint | undefined;
  readonly definition: Instrument | undefined;
}

export interface FlattenOrder {
  readonly instrument: string;
  readonly side: Side;
  readonly quantity: bigint;
  readonly reduceOnly: boolean;
}

export interface FlattenPlan {
  readonly orders: readonly FlattenOrder[];
  /** Why the first position without an order gets none. */
  readonly waitsFor: DenialCode | undefined;
}

export function planFlatten(positions: readonly OpenPosition[], policy: EffectivePolicy, messagesWithinSecond: number): FlattenPlan {
  let messagesLeft = policy.order.maxMessagesPerSecond - messagesWithinSecond;
  const orders: FlattenOrder[] = [];
  let waitsFor: DenialCode | undefined;
  for (const position of positions) {
    if (position.hasOpenOrder) continue;
    const order = messagesLeft > 0 ? orderFor(position, policy) : 'MESSAGE_RATE_LIMIT';
    if (typeof order === 'string') {
      waitsFor ??= order;
    } else {
      orders.push(order);
      messagesLeft -= 1;
    }
  }
  return { orders, waitsFor };
}

function orderFor(
  { instrument, quantity, accountClosable, price, definition }: OpenPosition,
  policy: EffectivePolicy,
): FlattenOrder | DenialCode {
  if (definition === undefined) return 'INSTRUMENT_NOT_ALLOWED';
  if (price === undefined) return 'MARKET_PRICE_MISSING';
  const reduceOnly = accountClosable > 0n;
  const wanted = reduceOnly ? smaller(absolute(quantity), accountClosable) : absolute(quantity);
  const { maxQuantity, maxNotional } = policy.order;
  const byQuantity = maxQuantity === undefined ? wanted : smaller(wanted, parseUnits(maxQuantity));
  const byNotional = smaller(byQuantity, (parseUnits(maxNotional) * UNITS_PER_ONE) / price);
  const lot = definition.lotUnits;
  const inLots = (value: bigint): bigint => value - (value % lot);
  const sent = inLots(fewDigits(byNotional));
  if (sent > 0n) return { instrument, side: quantity > 0n ? 'SELL' : 'BUY', quantity: sent, reduceOnly };
  if (inLots(wanted) === 0n) return 'QUANTITY_OFF_LOT';
  return inLots(byQuantity) === 0n ? 'ORDER_QUANTITY_LIMIT' : 'ORDER_NOTIONAL_LIMIT';
}

/** Rounds down to the digits that a quantity may have. The rest goes with the next order. */
function fewDigits(value: bigint): bigint {
  const text = value.toString();
  const kept = text.slice(0, DECIMAL_SIGNIFICANT_DIGITS_MAX);
  return BigInt(kept.padEnd(text.length, '0'));
}
