/** When a restarted exec begins to trade: not before the configuration, the halt record and a reconciliation are known. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Fill, OrderEvent } from '@flotilla/contracts';
import { makeExecState, type ExecState, foldFill, foldOrderEvent } from '../state/exec-state.ts';
import { type CoreOptionsUnderTest, type CoreUnderTest, coreUnderTest } from '../testing/core-under-test.ts';
import { configFixture, haltFixture, intentFixture, STRATEGY } from '../testing/fixtures.ts';
import { send } from '../testing/send.ts';

const REST = { type: 'LIMIT' as const, limitPrice: '90', timeInForce: 'GTC' as const, quantity: '0.1' };
const settled = () => new Promise((resolve) => setImmediate(resolve));

/** The events of an instance that died with one resting buy at 90 and one accepted order that was not sent. */
async function stateAfterCrash(): Promise<ExecState> {
  const before = await coreUnderTest();
  before.quote('100', '101', '10');
  assert.deepEqual(send(before, intentFixture('rests', REST)), []);
  before.core.engine.decide(intentFixture('unsent', { ...REST, limitPrice: '89' }), {
    by: 'AGENT',
    subjectStrategy: STRATEGY,
    causationId: undefined,
    traceparent: undefined,
  });
  const state = makeExecState();
  for (const { type, event } of before.written) {
    if (type === 'executions.order') foldOrderEvent(state, event as OrderEvent, undefined);
    if (type === 'executions.fill') foldFill(state, event as Fill);
  }
  assert.equal(state.orders.open.size, 2);
  return state;
}

/** Restarted while the market crosses both orders. */
async function restarted(options: CoreOptionsUnderTest): Promise<CoreUnderTest> {
  const world = await coreUnderTest({ epoch: 2, state: await stateAfterCrash(), reconciled: false, ...options });
  world.quote('79', '80', '10');
  return world;
}
const lastStatuses = (world: CoreUnderTest) =>
  Object.fromEntries(
    world.orderEvents().map(({ intentId, status, reason }) => [intentId, `${status} ${reason?.split(':')[0] ?? ''}`.trim()]),
  );

test('restart: fills restored orders and sends accepted ones, when configuration, halt record and ledger are known', async () => {
  const world = await restarted({});
  assert.deepEqual(world.fills(), [], 'not before the reconciliation');
  await world.core.recover();
  assert.deepEqual(lastStatuses(world), { rests: 'FILLED', unsent: 'FILLED' });
});

test('restart: fills and sends nothing, when no halt record is known, until one is', async () => {
  const world = await restarted({ control: false });
  await world.core.recover();
  world.quote('78', '79', '10');
  assert.deepEqual(world.orderEvents(), []);
  world.halt(haltFixture(0, 'RELEASED'));
  await settled();
  assert.deepEqual(lastStatuses(world), { rests: 'FILLED', unsent: 'FILLED' });
});

test('restart: fills and sends nothing, when no configuration is known, until one is', async () => {
  const world = await restarted({ config: undefined });
  await world.core.recover();
  world.quote('78', '79', '10');
  assert.deepEqual(world.orderEvents(), []);
  world.core.useConfig(configFixture());
  await settled();
  assert.deepEqual(lastStatuses(world), { rests: 'FILLED', unsent: 'FILLED' });
});

test('restart: fills and sends nothing, when the record does not confirm the configuration any more, until one does', async () => {
  const world = await restarted({ control: false });
  world.core.doubtConfig('the configuration record is gone');
  await world.core.recover();
  world.halt(haltFixture(0, 'RELEASED'));
  world.quote('78', '79', '10');
  await settled();
  assert.deepEqual(world.orderEvents(), []);
  world.core.useConfig(configFixture());
  await settled();
  assert.deepEqual(lastStatuses(world), { rests: 'FILLED', unsent: 'FILLED' });
});

test('restart: applies the halt before anything matches, when a halt is engaged', async () => {
  const world = await restarted({ control: false });
  world.halt(haltFixture(1, 'ENGAGED'));
  await world.core.recover();
  world.quote('78', '79', '10');
  assert.deepEqual(lastStatuses(world), { rests: 'CANCELLED TRADING_HALTED', unsent: 'CANCELLED TRADING_HALTED' });
  assert.deepEqual(world.fills(), []);
  await settled();
  assert.ok(world.core.status().halt?.zeroOpenOrdersVerifiedAt !== undefined);
});

test('restart: cancels and does not send the orders of a strategy, when it is gone from the configuration', async () => {
  const world = await restarted({ config: configFixture({ strategies: [{ name: 'other' }] }) });
  await world.core.recover();
  world.quote('78', '79', '10');
  assert.deepEqual(lastStatuses(world), { rests: 'CANCELLED STRATEGY_UNKNOWN', unsent: 'CANCELLED STRATEGY_UNKNOWN' });
  assert.deepEqual(world.fills(), []);
});

test('restart: sends and fills nothing, when another instance took over during the recovery', async () => {
  const world = await restarted({});
  world.core.disown();
  await world.core.recover();
  assert.deepEqual(world.orderEvents(), []);
});
