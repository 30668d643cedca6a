import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Reconcile } from '@flotilla/contracts';
import { makeExecState, foldReconcile } from '../state/exec-state.ts';
import { coreUnderTest } from '../testing/core-under-test.ts';
import { haltFixture, intentFixture } from '../testing/fixtures.ts';
import { send } from '../testing/send.ts';

const REST = { type: 'LIMIT' as const, limitPrice: '90', timeInForce: 'GTC' as const, quantity: '0.1' };
/** Lets the confirmation of the halt, which awaits the venue, come to its end. */
const settled = () => new Promise((resolve) => setImmediate(resolve));

async function withRestingOrder() {
  const world = await coreUnderTest();
  world.quote('100', '101', '10');
  assert.deepEqual(send(world, intentFixture('rests', REST)), []);
  return world;
}

test('account halt: closes the gate and cancels what rests in the same turn, then verifies twice, when a halt is engaged', async () => {
  const world = await withRestingOrder();
  world.halt(haltFixture(3, 'ENGAGED'));
  assert.equal(world.core.gate().tradingState, 'HALTED');
  assert.equal(world.state.orders.open.size, 0);
  await settled();
  const report = world.core.halt.report();
  assert.equal(report?.haltId, 'halt-3');
  assert.equal(report?.restingCancelledCount, 1);
  assert.ok(report?.zeroOpenOrdersVerifiedAt !== undefined);
  assert.match(world.orderEvents().at(-1)?.reason ?? '', /^TRADING_HALTED: kill switch stop/);
});

test('account halt: stays engaged, when an older, malformed or foreign record comes, or none', async () => {
  const world = await withRestingOrder();
  world.halt(haltFixture(3, 'ENGAGED'));
  world.halt(haltFixture(2, 'RELEASED'));
  world.halt({ ...haltFixture(9, 'RELEASED'), portfolio: 'other' });
  world.core.halt.onLook(new TextEncoder().encode('{'), world.nowMs());
  world.core.halt.onLook(undefined, world.nowMs());
  assert.equal(world.core.gate().tradingState, 'HALTED');
  world.halt(haltFixture(4, 'RELEASED'));
  assert.equal(world.core.gate().tradingState, 'ACTIVE');
});

test('account halt: closes for increases, when the record disappears or cannot be read', async () => {
  const world = await withRestingOrder();
  world.core.halt.onLook(undefined, world.nowMs());
  assert.deepEqual(world.core.gate().code, 'CONTROL_UNKNOWN');
  assert.deepEqual(send(world, intentFixture('after')), ['CONTROL_UNKNOWN']);
});

test('account halt: keeps resting reductions and cancels the rest, when the mode is ReduceOnly', async () => {
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
  assert.equal(world.core.halt.report()?.zeroOpenOrdersVerifiedAt, undefined);
});

test('account halt: counts refusals, when it is told of them while a halt is engaged', async () => {
  const world = await withRestingOrder();
  world.core.halt.onRefused();
  world.halt(haltFixture(1, 'ENGAGED'));
  world.core.halt.onRefused();
  world.core.halt.onRefused();
  assert.equal(world.core.halt.report()?.refusedCount, 2);
});

test('account halt: closes the gate and reports why, when the record goes back to a lower generation', async () => {
  const world = await withRestingOrder();
  world.halt(haltFixture(7, 'RELEASED'));
  assert.equal(world.core.gate().tradingState, 'ACTIVE');
  world.halt(haltFixture(6, 'RELEASED'));
  assert.deepEqual([world.core.gate().tradingState, world.core.gate().code], ['REDUCING', 'CONTROL_UNKNOWN']);
  const status = world.core.status();
  assert.equal(status.haltGeneration, 7);
  assert.match(status.haltProblem ?? '', /generation 7 or above, found 6 RELEASED/);
  world.halt(haltFixture(8, 'RELEASED'));
  assert.equal(world.core.gate().tradingState, 'ACTIVE');
  assert.equal(world.core.status().haltProblem, undefined);
});

test('account halt: halts, when a bucket that was made anew engages with generation 1', async () => {
  const world = await withRestingOrder();
  world.halt(haltFixture(7, 'RELEASED'));
  world.halt(haltFixture(1, 'ENGAGED'));
  assert.equal(world.core.gate().tradingState, 'HALTED');
  assert.equal(world.state.orders.open.size, 0);
  world.halt(haltFixture(2, 'RELEASED'));
  assert.equal(world.core.gate().tradingState, 'HALTED', 'only a generation above 7 releases');
  world.halt(haltFixture(8, 'RELEASED'));
  assert.equal(world.core.gate().tradingState, 'ACTIVE');
});

test('account halt: does not confirm, when the record that a look finds proves nothing', async () => {
  const world = await withRestingOrder();
  world.halt(haltFixture(7, 'RELEASED'));
  const confirmedAtMs = world.core.halt.confirmedAtMs();
  world.advance(100);
  world.halt(haltFixture(6, 'RELEASED'));
  world.core.halt.onLook(undefined, world.nowMs());
  assert.equal(world.core.halt.confirmedAtMs(), (confirmedAtMs ?? 0) + 100);
});

test('account halt: keeps what was read across a restart, when a reconcile event has told it', async () => {
  const world = await withRestingOrder();
  world.halt(haltFixture(7, 'ENGAGED'));
  await settled();
  const state = makeExecState();
  for (const { type, event } of world.written) if (type === 'executions.reconcile') foldReconcile(state, event as Reconcile);
  assert.deepEqual(state.haltGenerations, { highest: 7, highestEngaged: 7 });
  const heir = await coreUnderTest({ state, epoch: 2, control: false });
  heir.halt(haltFixture(7, 'RELEASED'));
  assert.deepEqual([heir.core.gate().tradingState, heir.core.gate().code], ['REDUCING', 'CONTROL_UNKNOWN']);
  assert.equal(heir.core.status().haltGeneration, 7);
  heir.halt(haltFixture(8, 'RELEASED'));
  assert.equal(heir.core.gate().tradingState, 'ACTIVE');
});
