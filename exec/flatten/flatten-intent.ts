/** The intent of a flattening order: exec writes it to itself, so that the order takes the same way as an agent's. Pure. */
import { flattenOrderId, formatUnits, type OrderIntent, SCHEMA_VERSION, formatTime } from '@flotilla/contracts';
import type { StrategyConfig } from '../config/strategy-config.ts';
import type { EventSource } from '../engine/execution-events.ts';
import type { StrategyCounters } from '../state/exec-state.ts';
import type { FlattenOrder } from './plan-flatten.ts';

/** An order that cannot be sent within this time expires, and exec makes a new one. */
const ORDER_VALID_MS = 10_000;

/** The id follows from the number of the strategy's orders in the fold, so an instance that takes over makes the same order again. */
export function flattenIntent(
  order: FlattenOrder,
  { name, revision }: Pick<StrategyConfig, 'name' | 'revision'>,
  { accepted, denied }: Pick<StrategyCounters, 'accepted' | 'denied'>,
  source: EventSource,
  nowMs: number,
): OrderIntent {
  return {
    schemaVersion: SCHEMA_VERSION,
    id: flattenOrderId(source.portfolio, name, order.instrument, accepted + denied),
    corrId: `flatten:${name}:${revision ?? 'none'}`,
    time: formatTime(nowMs),
    producer: { service: 'exec', revision: source.revision },
    portfolio: source.portfolio,
    strategy: name,
    instrument: order.instrument,
    side: order.side,
    type: 'MARKET',
    quantity: formatUnits(order.quantity),
    timeInForce: 'IOC',
    reduceOnly: order.reduceOnly,
    proposalIds: [],
    expiresAt: formatTime(nowMs + ORDER_VALID_MS),
  };
}
