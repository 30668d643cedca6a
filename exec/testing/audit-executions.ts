/** Checks the events of EXECUTIONS after a test with kills. Independent of exec's own fold. */
import assert from 'node:assert/strict';
import { type Fill, type OrderEvent, parseUnits } from '@flotilla/contracts';

const TERMINAL: readonly string[] = ['DENIED', 'FILLED', 'CANCELLED', 'EXPIRED', 'REJECTED'];

/** Whether every intent has a terminal order. */
export function areAllEnded(intentIds: readonly string[], events: readonly OrderEvent[]): boolean {
  const ended = new Set(events.filter((event) => TERMINAL.includes(event.status)).map((event) => event.intentId));
  return intentIds.every((id) => ended.has(id));
}

/** @throws AssertionError of the test for anything lost, doubled or out of order. */
export function assertNothingLostOrDoubled(intentIds: readonly string[], events: readonly OrderEvent[], fills: readonly Fill[]): void {
  const orders = Map.groupBy(events, (event) => event.intentId);
  assert.deepEqual([...orders.keys()].toSorted(), [...intentIds].toSorted(), 'one order per intent');
  assert.equal(new Set(fills.map((fill) => fill.tradeId)).size, fills.length, 'no trade twice');
  assert.equal(new Set([...events, ...fills].map((event) => event.id)).size, events.length + fills.length, 'no id twice');
  const fillsByOrder = Map.groupBy(fills, (fill) => fill.orderId);
  for (const [intentId, history] of orders) {
    const last = history.at(-1);
    assert.ok(last !== undefined);
    assert.deepEqual(
      history.map((event) => event.ordinal),
      history.map((_event, index) => index),
      `the events of ${intentId} count from 0 without a gap`,
    );
    assert.equal(history.filter((event) => TERMINAL.includes(event.status)).length, 1, `${intentId} ends once`);
    const filled = (fillsByOrder.get(last.orderId) ?? []).reduce((sum, fill) => sum + parseUnits(fill.quantity), 0n);
    assert.equal(filled, parseUnits(last.filledQuantity), `the fills of ${intentId} add up to what its last event says`);
    if (last.status === 'FILLED') assert.equal(filled, parseUnits(last.quantity), `${intentId} is filled whole`);
  }
  for (const fill of fills) assert.ok(orders.has(fill.intentId), `the fill ${fill.id} has an order`);
}
