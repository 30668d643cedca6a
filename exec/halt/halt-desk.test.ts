import assert from 'node:assert/strict';
import { test } from 'node:test';
import { deskUnderTest } from '../testing/desk-under-test.ts';
import { haltFixture, intentFixture } from '../testing/fixtures.ts';
import { send } from '../testing/send.ts';

const REST = { type: 'LIMIT' as const, limitPrice: '90', timeInForce: 'GTC' as const, quantity: '0.1' };
/** Lets the desk's verification, which awaits the venue, come to its end. */
const settled = () => new Promise((resolve) => setImmediate(resolve));

async function withRestingOrder() {
  const world = await deskUnderTest();
  world.quote('100', '101', '10');
  assert.deepEqual(send(world, intentFixture('rests', REST)), []);
  return world;
}

test('halt desk: closes the gate and cancels what rests in the same turn, then verifies twice, when a halt is engaged', async () => {
  const world = await withRestingOrder();
  world.halt(haltFixture(3, 'ENGAGED'));
  assert.equal(world.desk.gate().tradingState, 'HALTED');
  assert.equal(world.state.orders.open.size, 0);
  await settled();
  const report = world.desk.halt.report();
  assert.equal(report?.haltId, 'halt-3');
  assert.equal(report?.restingCancelledCount, 1);
  assert.ok(report?.zeroOpenOrdersVerifiedAt !== undefined);
  assert.match(world.orderEvents().at(-1)?.reason ?? '', /^TRADING_HALTED: kill switch stop/);
});

test('halt desk: stays engaged, when an older, malformed or foreign record comes, or none', async () => {
  const world = await withRestingOrder();
  world.halt(haltFixture(3, 'ENGAGED'));
  world.halt(haltFixture(2, 'RELEASED'));
  world.halt({ ...haltFixture(9, 'RELEASED'), portfolio: 'other' });
  world.desk.halt.onPush(new TextEncoder().encode('{'));
  world.desk.halt.onLook(undefined, world.nowMs());
  assert.equal(world.desk.gate().tradingState, 'HALTED');
  world.halt(haltFixture(4, 'RELEASED'));
  assert.equal(world.desk.gate().tradingState, 'ACTIVE');
});

test('halt desk: closes for increases, when the record disappears or cannot be read', async () => {
  const world = await withRestingOrder();
  world.desk.halt.onLook(undefined, world.nowMs());
  assert.deepEqual(world.desk.gate().code, 'CONTROL_UNKNOWN');
  assert.deepEqual(send(world, intentFixture('after')), ['CONTROL_UNKNOWN']);
});

test('halt desk: keeps resting reductions and cancels the rest, when the mode is ReduceOnly', async () => {
  const world = await withRestingOrder();
  send(world, intentFixture('open', { quantity: '1' }));
  send(
    world,
    intentFixture('reduce', { side: 'SELL', type: 'LIMIT', limitPrice: '110', timeInForce: 'GTC', quantity: '1', reduceOnly: true }),
  );
  world.halt(haltFixture(1, 'ENGAGED', 'ReduceOnly'));
  await settled();
  assert.deepEqual(
    [...world.state.orders.open.values()].map((order) => order.intentId),
    ['reduce'],
  );
  assert.equal(world.desk.halt.report()?.zeroOpenOrdersVerifiedAt, undefined);
});

test('halt desk: counts refusals, when it is told of them while a halt is engaged', async () => {
  const world = await withRestingOrder();
  world.desk.halt.onRefused();
  world.halt(haltFixture(1, 'ENGAGED'));
  world.desk.halt.onRefused();
  world.desk.halt.onRefused();
  assert.equal(world.desk.halt.report()?.refusedCount, 2);
});
