/** A Strategy is paused, halted and rolled while it has an open order and a position: real API server, nats-server, operator and exec. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { StrategyStatus } from '@flotilla/contracts/resources/strategy.ts';
import { KINDS } from '@flotilla/operator/kinds.ts';
import { portfolio, riskPolicy, strategy, withSpec } from '@flotilla/operator/testing/objects.ts';
import { eventually } from '@flotilla/runtime/testing/eventually.ts';
import { startTradingWorld, type TradingWorld } from './trading-world.ts';

const NAME = 'btc-momentum';
let world: TradingWorld;

before(async () => {
  world = await startTradingWorld();
  for (const object of [riskPolicy, portfolio, strategy]) await world.operator.apply(object);
  await eventually('the portfolio has a configuration', async () => (await world.operator.config('main')) !== undefined);
  await world.startExec();
});
after(() => world.stop());

const parametersOf = (fastBars: number) => ({ fastBars, slowBars: 30, quantity: '0.5' });
const apply = (change: Readonly<Record<string, unknown>>) => world.operator.apply(withSpec(strategy, change));
const statusOf = async (): Promise<StrategyStatus> => (await world.strategy(NAME))?.status ?? {};
const tradingOf = async () => (await statusOf()).conditions?.find(({ type }) => type === 'Trading');
const statuses = (events: readonly { readonly status: string }[]) => events.map(({ status }) => status);
const limit = { type: 'LIMIT', limitPrice: '99.5', timeInForce: 'GTC' } as const;

/** Waits until the Strategy runs with the wanted revision, and gives that revision. */
async function running(): Promise<string> {
  await world.settleUntil('the strategy runs', async () => {
    const { state, revision, rollout } = await statusOf();
    const agent = await world.agent(NAME);
    return state === 'Running' && rollout === undefined && agent?.replicas === 1 && agent.revision === revision;
  });
  return (await statusOf()).revision ?? '';
}
const phase = (wanted: string) => world.settleUntil(`the rollout is ${wanted}`, async () => (await statusOf()).rollout?.phase === wanted);
async function hold(revision: string): Promise<void> {
  await world.quote();
  assert.deepEqual(statuses(await world.order(NAME, revision)), ['ACCEPTED', 'FILLED']);
  assert.deepEqual(statuses(await world.order(NAME, revision, { ...limit, quantity: '0.1' })), ['ACCEPTED', 'RESTING']);
}
const reportOf = async () => (await world.execStatus())?.strategies?.find(({ name }) => name === NAME);
const holdings = async () => {
  const report = await reportOf();
  return [report?.openOrders, report?.openPositions];
};
const untilHolding = (orders: number, positions: number) =>
  eventually(`${orders} orders and ${positions} positions`, async () => {
    const [openOrders, openPositions] = await holdings();
    return openOrders === orders && openPositions === positions;
  });

test('Strategy: takes orders of its revision only, and reports that it waits for signals', async () => {
  const revision = await running();
  assert.equal((await tradingOf())?.reason, 'AgentSilent');
  await hold(revision);
  await untilHolding(1, 1);
  const [denied] = await world.order(NAME, 'other');
  assert.deepEqual([denied?.status, denied?.denials?.[0]?.code], ['DENIED', 'STRATEGY_REVISION']);
});

test('Strategy: keeps order and position while it is paused, takes no order that was on its way, reports the time, and continues afterwards', async () => {
  const { revision = '' } = await statusOf();
  await apply({ desiredState: 'Paused' });
  await world.settleUntil(
    'paused',
    async () => (await statusOf()).conditions?.[0]?.reason === 'Paused' && (await statusOf()).conditions?.[0]?.status === 'True',
  );
  const [denied] = await world.order(NAME, revision);
  assert.deepEqual([denied?.status, denied?.denials?.[0]?.code], ['DENIED', 'STRATEGY_NOT_RUNNING']);
  assert.deepEqual(await holdings(), [1, 1]);
  const { state, stateSince } = await statusOf();
  assert.equal(state, 'Paused');
  assert.ok(Date.parse(stateSince ?? '') > Date.now() - 60_000);
  assert.deepEqual([(await tradingOf())?.status, (await tradingOf())?.reason], ['False', 'Paused']);
  await apply({});
  assert.equal(await running(), revision);
  assert.deepEqual(statuses(await world.order(NAME, revision, { quantity: '0.1' })), ['ACCEPTED', 'FILLED']);
});

test('Strategy: is closed, cancelled and verified while it is halted, with times, and restored', async () => {
  const { revision = '' } = await statusOf();
  await apply({ desiredState: 'Halted' });
  await world.settleUntil(
    'halted',
    async () => (await statusOf()).halt?.zeroOpenOrdersVerifiedAt !== undefined && (await statusOf()).conditions?.[0]?.status === 'True',
  );
  const { state, halt } = await statusOf();
  assert.equal(state, 'Halted');
  assert.equal(halt?.restingCancelledCount, 1);
  await untilHolding(0, 1);
  const [denied] = await world.order(NAME, revision, { side: 'SELL', quantity: '0.1' });
  assert.deepEqual([denied?.status, denied?.denials?.[0]?.code], ['DENIED', 'STRATEGY_HALTED']);
  await apply({});
  assert.equal(await running(), revision);
  assert.equal((await statusOf()).halt, undefined);
});

test('Handover: leaves order and position to the next revision, and never takes orders of two revisions', async () => {
  const before = await running();
  await world.quote();
  await world.order(NAME, before, { ...limit, quantity: '0.1' });
  await untilHolding(1, 1);
  await apply({ parameters: parametersOf(11) });
  const after = await running();
  assert.notEqual(after, before);
  assert.deepEqual(await holdings(), [1, 1], 'neither cancelled nor closed');
  const [late] = await world.order(NAME, before, { side: 'SELL', quantity: '0.1' });
  assert.equal(late?.denials?.[0]?.code, 'STRATEGY_REVISION', 'an old agent that does not know is refused, reductions too');
  assert.deepEqual(statuses(await world.order(NAME, after, { side: 'SELL', quantity: '0.1' })), ['ACCEPTED', 'FILLED']);
});

test('Handover: waits while the old revision trades on, when the next one lacks the instrument of a position', async () => {
  const before = await running();
  await apply({ parameters: parametersOf(11), instruments: ['ETH-USD'] });
  await phase('Blocked');
  const stalled = await world.operator.reason(KINDS.strategy, NAME, 'Stalled', 'HandoverBlocked');
  assert.match(stalled.message, /BTC-USD/);
  assert.deepEqual(await world.agent(NAME), { revision: before, replicas: 1 });
  assert.deepEqual(statuses(await world.order(NAME, before, { quantity: '0.1' })), ['ACCEPTED', 'FILLED']);
  await apply({ parameters: parametersOf(11) });
  assert.equal(await running(), before, 'taken back, it is as it was');
});

test('Drain: lets the old revision only reduce, also after a restart of the operator, and rolls when no position is left', async () => {
  const before = await running();
  await apply({ parameters: parametersOf(12), handover: 'Drain' });
  await phase('Draining');
  await untilHolding(0, 1);
  await eventually(
    'it says what it waits for',
    async () => (await statusOf()).rollout?.openOrders === 0 && (await statusOf()).rollout?.openPositions === 1,
  );
  const message = (await world.operator.reason(KINDS.strategy, NAME, 'Reconciling', 'Draining')).message;
  assert.match(message, /0 open orders and 1 position/);
  assert.equal((await tradingOf())?.reason, 'Draining');
  await eventually('exec drains', async () => (await reportOf())?.mode === 'ReduceOnly');
  const [increase] = await world.order(NAME, before);
  assert.equal(increase?.denials?.[0]?.code, 'TRADING_REDUCE_ONLY');
  await world.operator.restartOperator();
  assert.deepEqual(await world.agent(NAME), { revision: before, replicas: 1 }, 'the old agent runs on');
  await world.order(NAME, before, { side: 'SELL', quantity: '0.1' });
  const startedAt = (await statusOf()).rollout?.startedAt;
  assert.ok(startedAt !== undefined);
  assert.equal((await reportOf())?.mode, 'ReduceOnly');
  await world.order(NAME, before, { side: 'SELL', quantity: '1' });
  const after = await running();
  assert.notEqual(after, before);
  assert.deepEqual(await holdings(), [0, 0]);
});

test('Drain: becomes a Flatten, when the handover is changed before its end; exec closes the position within the limits', async () => {
  const before = await running();
  await hold(before);
  await apply({ parameters: parametersOf(13), handover: 'Drain' });
  await phase('Draining');
  await world.quote('0.4');
  await apply({ parameters: parametersOf(13), handover: 'Flatten' });
  await phase('Flattening');
  assert.equal((await world.agent(NAME))?.replicas, 0, 'the old agent would only be in the way');
  await eventually('exec flattens', async () => (await reportOf())?.mode === 'Flatten');
  const [late] = await world.order(NAME, before, { side: 'SELL', quantity: '0.1' });
  assert.equal(late?.denials?.[0]?.code, 'STRATEGY_FLATTENING');
  await world.killExec();
  await world.startExec();
  await world.quote();
  const after = await running();
  assert.notEqual(after, before);
  assert.deepEqual(await holdings(), [0, 0]);
  const own = (await world.orderEvents()).filter(({ orderId, intentId, ordinal }) => orderId === intentId && ordinal === 0);
  assert.ok(own.length > 0 && own.every(({ reduceOnly, side, strategy: of }) => reduceOnly && side === 'SELL' && of === NAME));
});

test('Flatten: is suspended while the strategy is halted', async () => {
  const before = await running();
  await hold(before);
  await world.quote('0.00000001');
  await apply({ parameters: parametersOf(14), handover: 'Flatten' });
  await phase('Flattening');
  await apply({ parameters: parametersOf(14), handover: 'Flatten', desiredState: 'Halted' });
  await world.settleUntil('suspended', async () => (await statusOf()).rollout?.phase === 'Suspended');
  // The operator suspends the rollout before exec hears of the halt. A quote in between would let exec close the position.
  await eventually('exec holds the strategy Halted', async () => (await reportOf())?.desiredState === 'Halted');
  await world.quote();
  await untilHolding(0, 1);
  assert.equal((await statusOf()).state, 'Halted');
  await apply({ parameters: parametersOf(14), handover: 'Flatten' });
  assert.notEqual(await running(), before);
  assert.deepEqual(await holdings(), [0, 0]);
});
