/** Flattening a strategy: within the policy, past every temporary obstacle, and with each order once, however often exec is killed. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type ExecConfig, type OrderIntent, parseUnits } from '@flotilla/contracts';
import { positionOf } from '../ledger/ledger.ts';
import { isOwnOrder } from '../orders/order.ts';
import { makeExecState, foldFill, foldOrderEvent } from '../state/exec-state.ts';
import { type CoreUnderTest, coreUnderTest } from '../testing/core-under-test.ts';
import { configFixture, haltFixture, intentFixture, policyFixture, STRATEGY } from '../testing/fixtures.ts';
import { send } from '../testing/send.ts';

const OTHER = 'other';
const flatten = (overrides: Parameters<typeof policyFixture>[0] = {}): ExecConfig =>
  configFixture({ policy: policyFixture(overrides), strategies: [{ mode: 'Flatten', revision: 'a' }, { name: OTHER }] });
const trade = configFixture({ strategies: [{}, { name: OTHER }] });

async function holding(...intents: readonly Partial<OrderIntent>[]): Promise<CoreUnderTest> {
  const world = await coreUnderTest({ config: trade });
  world.quote('100', '100', '10');
  world.quote('10', '10', '1000', 'SPY');
  for (const [index, intent] of intents.entries()) assert.deepEqual(send(world, intentFixture(`given-${index}`, intent)), []);
  return world;
}

/** Lets the accepted orders be sent, then lets the flattener look again. */
async function turn(world: CoreUnderTest, byMs = 50): Promise<void> {
  for (let step = 0; step < 10; step += 1) await Promise.resolve();
  world.advance(byMs);
}

async function untilFlat(world: CoreUnderTest, turnsMax = 100): Promise<void> {
  for (let count = 0; count < turnsMax; count += 1) {
    if (flattenOf(world)?.flattenedAt !== undefined) return;
    await turn(world);
  }
  assert.fail(`not flat after ${turnsMax} turns: ${JSON.stringify(flattenOf(world))}`);
}

const reportOf = (world: CoreUnderTest) => world.core.status().strategies?.find(({ name }) => name === STRATEGY);
const flattenOf = (world: CoreUnderTest) => reportOf(world)?.flatten;
const ownOrders = (world: CoreUnderTest) => world.orderEvents().filter((event) => isOwnOrder(event) && event.ordinal === 0);
const quantityOf = (world: CoreUnderTest, instrument: string) => positionOf(world.state.ledger, STRATEGY, instrument).quantity;

test('flattener: closes long and short positions, and reports the time', async () => {
  const world = await holding({ quantity: '2' }, { instrument: 'SPY', side: 'SELL', quantity: '30' });
  world.core.useConfig(flatten());
  await untilFlat(world);
  assert.equal(quantityOf(world, 'BTC-USD'), 0n);
  assert.equal(quantityOf(world, 'SPY'), 0n);
  assert.deepEqual(
    ownOrders(world).map(({ instrument, side, quantity, type, timeInForce, reduceOnly }) => [
      instrument,
      side,
      quantity,
      type,
      timeInForce,
      reduceOnly,
    ]),
    [
      ['BTC-USD', 'SELL', '2', 'MARKET', 'IOC', true],
      ['SPY', 'BUY', '30', 'MARKET', 'IOC', true],
    ],
  );
  const { openOrders, openPositions, mode } = reportOf(world) ?? {};
  assert.deepEqual({ openOrders, openPositions, mode }, { openOrders: 0, openPositions: 0, mode: 'Flatten' });
});

test('flattener: keeps its orders within the size and rate limits of the policy', async () => {
  const world = await holding({ quantity: '2' });
  world.core.useConfig(flatten({ order: { maxQuantity: '0.7', maxNotional: '50', maxMessagesPerSecond: 1 } }));
  await untilFlat(world);
  const orders = ownOrders(world);
  assert.ok(
    orders.every(({ quantity }) => parseUnits(quantity) <= parseUnits('0.5')),
    'no order above 50 of notional at 100',
  );
  assert.equal(orders.length, 4);
  const times = orders.map(({ time }) => Date.parse(time));
  assert.ok(
    times.every((time, index) => index === 0 || time - (times[index - 1] ?? 0) >= 1_000),
    String(times),
  );
});

test('flattener: makes no order while a kill switch holds all orders, and goes on after its release', async () => {
  const world = await holding({ quantity: '1' });
  world.halt(haltFixture(1, 'ENGAGED'));
  world.core.useConfig(flatten());
  await turn(world);
  assert.equal(flattenOf(world)?.waitsFor, 'TRADING_HALTED');
  assert.equal(ownOrders(world).length, 0);
  world.halt(haltFixture(2, 'RELEASED'));
  await untilFlat(world);
  assert.equal(flattenOf(world)?.waitsFor, undefined);
});

test('flattener: goes on while a kill switch allows reductions', async () => {
  const world = await holding({ quantity: '1' });
  world.halt(haltFixture(1, 'ENGAGED', 'ReduceOnly'));
  world.core.useConfig(flatten());
  await untilFlat(world);
});

test('flattener: waits for a price', async () => {
  const world = await holding({ quantity: '1' });
  world.core.market.clear();
  world.core.useConfig(flatten());
  await turn(world);
  assert.equal(flattenOf(world)?.waitsFor, 'MARKET_PRICE_MISSING');
  world.quote('90', '91', '10');
  await untilFlat(world);
});

test('flattener: retries more and more slowly while the venue shows no quantity, and soon after the venue shows one', async () => {
  const world = await holding({ quantity: '1' });
  world.quote('100', '100', '0');
  world.core.useConfig(flatten());
  for (let count = 0; count < 400; count += 1) await turn(world);
  const tries = ownOrders(world).length;
  assert.ok(tries > 3 && tries < 12, `expected a handful of tries within 20 s, found ${tries}`);
  world.quote('100', '100', '10');
  await untilFlat(world, 8);
});

test('flattener: closes a position whose opposite another strategy holds, by an order that must pass every limit', async () => {
  const world = await holding({ quantity: '1' }, { strategy: OTHER, side: 'SELL', quantity: '1' });
  world.core.useConfig(flatten());
  await untilFlat(world);
  assert.deepEqual(
    ownOrders(world).map(({ reduceOnly, status }) => [reduceOnly, status]),
    [[false, 'ACCEPTED']],
  );
  assert.equal(world.state.ledger.netQuantities.get('BTC-USD'), parseUnits('-1'));
});

test('flattener: stops, when the strategy is halted or trades again', async () => {
  for (const entry of [{ mode: 'Flatten', desiredState: 'Halted' }, {}] as const) {
    const world = await holding({ quantity: '1' });
    world.quote('100', '100', '0');
    world.core.useConfig(flatten());
    await turn(world);
    world.core.useConfig(configFixture({ strategies: [entry] }));
    const before = ownOrders(world).length;
    world.quote('100', '100', '10');
    for (let count = 0; count < 200; count += 1) await turn(world);
    assert.equal(ownOrders(world).length, before);
    assert.equal(flattenOf(world), undefined);
  }
});

test('flattener: sends each order once and ends flat, when exec is killed after any event that it wrote', async () => {
  const policy = { order: { maxQuantity: '0.5' } };
  const whole = await holding({ quantity: '2' });
  const held = whole.written.length;
  whole.core.useConfig(flatten(policy));
  await untilFlat(whole);
  const ids = ownOrders(whole).map(({ orderId }) => orderId);
  assert.equal(ids.length, 4);
  for (let cut = held; cut <= whole.written.length; cut += 1) {
    const state = makeExecState();
    for (const { type, event } of whole.written.slice(0, cut)) {
      if (type === 'executions.order') foldOrderEvent(state, event as never, undefined);
      else if (type === 'executions.fill') foldFill(state, event as never);
    }
    const heir = await coreUnderTest({ config: flatten(policy), state, epoch: 2, reconciled: false });
    heir.quote('100', '100', '10');
    await heir.core.recover();
    await untilFlat(heir);
    assert.equal(quantityOf(heir, 'BTC-USD'), 0n, `cut at ${cut}`);
    const sent = new Set([...heir.state.orders.orders.values()].filter(isOwnOrder).map(({ orderId }) => orderId));
    assert.deepEqual([...sent], ids, `cut at ${cut}: the same orders as without a crash`);
    const fills = [...heir.state.orders.orders.values()].filter(isOwnOrder).map(({ filled }) => filled);
    assert.deepEqual(fills, Array(4).fill(parseUnits('0.5')), `cut at ${cut}: each filled once`);
  }
});
