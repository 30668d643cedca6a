/** One strategy flattened, halted and fenced by revision, through the whole process, a real nats-server and kill -9. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { ExecConfig, OrderIntent } from '@flotilla/contracts';
import { eventually } from '@flotilla/runtime/testing/eventually.ts';
import { areAllEnded, assertNothingLostOrDoubled } from './testing/audit-executions.ts';
import { type ExecProcess, startExecProcess } from './testing/exec-process.ts';
import { type ExecWorld, startExecWorld } from './testing/exec-world.ts';
import { configFixture, intentFixture, policyFixture, quoteFixture, STRATEGY } from './testing/fixtures.ts';

const KILLS = 8;
const REVISION = 'a';
const POLICY = policyFixture({ order: { maxQuantity: '0.05' } });
/** Many small orders, so that kills fall between them. */
const FLATTEN_POLICY = policyFixture({ order: { maxQuantity: '0.01' } });

let world: ExecWorld;
let exec: ExecProcess;
let quotes = 0;

before(async () => {
  world = await startExecWorld(configOf({}));
  exec = await startExecProcess(world.nats);
  await eventually('exec is ready', async () => (await exec.ready()).status === 200, 30_000);
});
after(async () => {
  await exec.kill('SIGKILL');
  await world.stop();
});

function configOf(entry: Partial<ExecConfig['strategies'][number]>): ExecConfig {
  return configFixture({ policy: POLICY, strategies: [{ revision: REVISION, ...entry }] });
}
const quote = (size = '10') => world.publishMarket(quoteFixture(`q${(quotes += 1)}`, '600', '600', { bidSize: size, askSize: size }));
const reportOf = async () => (await world.status())?.strategies?.find(({ name }) => name === STRATEGY);
const statusesOf = async (id: string) => (await world.orderEvents()).filter(({ intentId }) => intentId === id).map(({ status }) => status);
const publish = (id: string, change: Partial<OrderIntent> = {}) =>
  world.publishIntent(intentFixture(id, { strategyRevision: REVISION, quantity: '0.05', ...change }, Date.now()));
async function useConfig(config: ExecConfig): Promise<void> {
  await world.setConfig(config);
  await eventually('the configuration is in force', async () => (await world.status())?.configHash === config.configHash);
}

test('exec: denies intents of the old revision, when the configuration names the next one, and leaves open orders alone', async () => {
  await quote();
  await publish('old', { type: 'LIMIT', limitPrice: '500', timeInForce: 'GTC' });
  await eventually('the order rests', async () => (await statusesOf('old')).includes('RESTING'));
  await useConfig(configOf({ revision: 'b' }));
  await publish('late');
  await publish('new', { strategyRevision: 'b' });
  await eventually('the new one is filled', async () => (await statusesOf('new')).includes('FILLED'));
  assert.deepEqual(await statusesOf('late'), ['DENIED']);
  assert.equal((await world.orderEvents()).find(({ intentId }) => intentId === 'late')?.denials?.[0]?.code, 'STRATEGY_REVISION');
  assert.deepEqual(await statusesOf('old'), ['ACCEPTED', 'RESTING']);
  await useConfig(configOf({}));
});

test('exec: leaves orders and positions of a paused strategy alone, and denies intents that were on their way', async () => {
  await useConfig(configOf({ desiredState: 'Paused' }));
  await publish('on-its-way');
  await eventually('the intent is denied', async () => (await statusesOf('on-its-way')).includes('DENIED'));
  assert.deepEqual(await statusesOf('old'), ['ACCEPTED', 'RESTING']);
  await useConfig(configOf({}));
  await publish('resumed');
  await eventually('the strategy trades again', async () => (await statusesOf('resumed')).includes('FILLED'));
});

test('exec: cancels the open orders of a halted strategy, confirms and reports it, and trades again when the strategy runs', async () => {
  await useConfig(configOf({ desiredState: 'Halted' }));
  const report = await eventually('verified', async () => {
    const found = await reportOf();
    return found?.halt?.zeroOpenOrdersVerifiedAt !== undefined && found;
  });
  assert.equal(report.halt?.restingCancelledCount, 1);
  assert.equal(report.openOrders, 0);
  assert.deepEqual((await statusesOf('old')).at(-1), 'CANCELLED');
  assert.equal((await world.status())?.tradingState, 'ACTIVE', 'the account is not halted');
  await publish('while-halted', { side: 'SELL' });
  await eventually('the intent is denied', async () => (await statusesOf('while-halted')).includes('DENIED'));
  await useConfig(configOf({}));
  await publish('after-halt');
  await eventually('the order is filled', async () => (await statusesOf('after-halt')).includes('FILLED'));
});

test(`exec: flattens a strategy with each order once, when it is killed ${KILLS} times meanwhile`, { timeout: 120_000 }, async () => {
  await quote();
  for (let index = 0; index < 20; index += 1) await publish(`open-${index}`);
  await eventually('the strategy holds a position', async () => (await statusesOf('open-19')).includes('FILLED'));
  await useConfig(configOf({ mode: 'Flatten', policy: FLATTEN_POLICY }));
  let killedMidway = 0;
  for (let kill = 0; kill < KILLS; kill += 1) {
    const sequence = await world.lastOrderSequence();
    await eventually(
      'it closes a part',
      async () => (await world.lastOrderSequence()) > sequence || (await reportOf())?.flatten?.flattenedAt !== undefined,
    );
    if ((await reportOf())?.flatten?.flattenedAt === undefined) killedMidway += 1;
    await exec.kill('SIGKILL');
    exec = await startExecProcess(world.nats, { POD_NAME: `exec-${kill}` });
    await eventually('exec is ready', async () => (await exec.ready()).status === 200, 30_000);
    await quote();
  }
  await eventually('flat', async () => (await reportOf())?.flatten?.flattenedAt !== undefined, 60_000);
  assert.ok(killedMidway >= KILLS / 2, `expected most kills to fall into the flattening, found ${killedMidway}`);
  const [events, fills] = [await world.orderEvents(), await world.fills()];
  const ids = [...new Set(events.map(({ intentId }) => intentId))];
  assert.ok(areAllEnded(ids, events));
  assertNothingLostOrDoubled(ids, events, fills);
  const report = await reportOf();
  assert.deepEqual([report?.openOrders, report?.openPositions], [0, 0]);
  assert.deepEqual((await world.snapshot())?.positions, []);
  assert.ok((await world.reconciles()).every(({ result }) => result === 'MATCHED'));
});
