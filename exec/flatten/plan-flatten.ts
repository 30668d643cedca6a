/**
 * The next orders that bring a strategy's positions to zero. Pure: what exec holds in, orders out.
 *
 * One order at a time for each instrument, at the market, no larger than the policy lets an order be, no more of them than its message rate.
 * An order is reduce-only as far as it brings the account nearer to zero too; what would take the account away from zero (another strategy
 * holds the opposite) is an ordinary order, which every limit judges.
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
  /** Signed. */
  readonly quantity: bigint;
  /** An order of the strategy is open there. */
  readonly hasOpenOrder: boolean;
  /** How much of it brings the account nearer to zero, whatever else that is open fills; at least zero. */
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
  /** Why a position gets no order although none is open there; the first. */
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

/** Rounded down to what an order's quantity may have; the rest goes with the next order. */
function fewDigits(value: bigint): bigint {
  const text = value.toString();
  const kept = text.slice(0, DECIMAL_SIGNIFICANT_DIGITS_MAX);
  return BigInt(kept.padEnd(text.length, '0'));
}
