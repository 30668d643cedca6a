/** Order events for tests of the fold: a limit buy of one at 100, accepted at the start, by `order-1`. */
import type { Fill, OrderEvent } from '@flotilla/contracts';
import { formatTime } from '@flotilla/contracts/values/format-time.ts';
import { INSTRUMENT, PORTFOLIO, START_MS, STRATEGY } from './fixtures.ts';

export function orderEventFixture(overrides: Partial<OrderEvent> = {}): OrderEvent {
  return {
    schemaVersion: 1,
    id: `event-${overrides.ordinal ?? 0}`,
    corrId: 'corr-1',
    causationId: 'DECISIONS:7',
    time: formatTime(START_MS),
    producer: { service: 'exec', revision: 'test' },
    portfolio: PORTFOLIO,
    epoch: 1,
    strategy: STRATEGY,
    instrument: INSTRUMENT,
    orderId: 'order-1',
    intentId: 'intent-1',
    ordinal: 0,
    status: 'ACCEPTED',
    side: 'BUY',
    type: 'LIMIT',
    quantity: '1',
    limitPrice: '100',
    timeInForce: 'GTC',
    reduceOnly: false,
    expiresAt: formatTime(START_MS + 30_000),
    filledQuantity: '0',
    leavesQuantity: '1',
    ...overrides,
  };
}

/** The fields of a fill of `order-1` that the fold needs. */
export function fillOf(tradeId: string, quantity: string, orderId = 'order-1'): Pick<Fill, 'orderId' | 'tradeId' | 'quantity'> {
  return { orderId, tradeId, quantity };
}
