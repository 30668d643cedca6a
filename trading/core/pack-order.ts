/** One order in a snapshot: what was asked for, its state, and the trades by which a repeated report is known. */
import { BUY, SELL } from '../orders/order.ts';
import { STATUS_NAMES, type Status } from '../orders/order-status.ts';
import { assert } from '@flotilla/contracts/errors/assert.ts';
import type { PackedReader } from '../packing/packed-reader.ts';
import type { PackedWriter } from '../packing/packed-writer.ts';
import { TRADES_OF_ORDER_MAX } from './core-terms.ts';
import { LiveOrder } from './live-order.ts';

const TIMES_IN_FORCE = ['GTC', 'DAY', 'GTD', 'IOC', 'FOK'] as const;
/** Longest id of a trade at any venue, in characters. */
const TRADE_ID_LENGTH_MAX = 256;

export function packOrder(writer: PackedWriter, { request, order, worstTicks, openLots, pendingLots, tradeIds }: LiveOrder): void {
  for (const number of [
    request.orderId,
    request.strategy,
    request.instrument,
    request.side,
    request.quantityLots,
    request.limitTicks ?? Number.NaN,
    TIMES_IN_FORCE.indexOf(request.timeInForce),
    request.expiryMs ?? Number.NaN,
    request.validUntilMs,
    Number(request.isPostOnly),
    Number(request.isReduceOnly),
    Number(request.isOwn),
    order.quantityLots,
    order.limitTicks,
    order.status,
    order.before,
    order.filledLots,
    order.sequence,
    order.cause,
    order.lateCount,
    Number(order.isQuarantined),
    worstTicks,
    openLots,
    pendingLots,
    tradeIds.length,
  ])
    writer.number(number);
  for (const tradeId of tradeIds) writer.text(tradeId);
}

export function unpackOrder(reader: PackedReader): LiveOrder {
  const [orderId, strategy, instrument] = [reader.number(), reader.number(), reader.number()];
  const side = reader.number() === BUY ? BUY : SELL;
  const [quantityLots, limitTicks] = [reader.number(), known(reader.number())];
  const timeInForce = TIMES_IN_FORCE[reader.number()];
  assert(timeInForce !== undefined, 'expected a time in force that this build knows');
  const [expiryMs, validUntilMs] = [known(reader.number()), reader.number()];
  const [isPostOnly, isReduceOnly, isOwn] = [reader.count(1) === 1, reader.count(1) === 1, reader.count(1) === 1];
  const request = {
    orderId,
    strategy,
    instrument,
    side,
    quantityLots,
    limitTicks,
    timeInForce,
    expiryMs,
    validUntilMs,
    isPostOnly,
    isReduceOnly,
    isOwn,
  } as const;
  const live = new LiveOrder(request, Number.NaN);
  const { order } = live;
  order.quantityLots = reader.number();
  order.limitTicks = reader.number();
  order.status = statusOf(reader);
  order.before = statusOf(reader);
  order.filledLots = reader.number();
  order.sequence = reader.number();
  order.cause = reader.number();
  order.lateCount = reader.number();
  order.isQuarantined = reader.count(1) === 1;
  live.worstTicks = reader.number();
  live.openLots = reader.number();
  live.pendingLots = reader.number();
  for (let left = reader.count(TRADES_OF_ORDER_MAX); left > 0; left -= 1) live.tradeIds.push(reader.text(TRADE_ID_LENGTH_MAX));
  return live;
}

function statusOf(reader: PackedReader): Status {
  return reader.count(STATUS_NAMES.length - 1) as Status;
}

function known(number: number): number | undefined {
  return Number.isNaN(number) ? undefined : number;
}
