/** The whole exec process against a real nats-server. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { eventually } from '@flotilla/runtime/testing/eventually.ts';
import { configFixture, haltFixture, intentFixture, quoteFixture } from './testing/fixtures.ts';
import { type ExecProcess, startExecProcess } from './testing/exec-process.ts';
import { type ExecWorld, startExecWorld } from './testing/exec-world.ts';

let world: ExecWorld;
let exec: ExecProcess;

before(async () => {
  world = await startExecWorld();
  await world.publishMarket(quoteFixture('q0', '600', '601', { bidSize: '2', askSize: '2' }));
  exec = await startExecProcess(world.nats);
  await eventually('exec is ready', async () => (await exec.ready()).status === 200);
});

after(async () => {
  await exec.kill('SIGTERM');
  await world.stop();
});

const statusesOf = async (intentId: string) =>
  (await world.orderEvents()).filter((event) => event.intentId === intentId).map((event) => event.status);

test('exec: fills a market intent at the ask, when the market was known before it started', async () => {
  await world.publishIntent(intentFixture('first', {}, Date.now()));
  const [fill] = await eventually('a fill', async () => {
    const fills = await world.fills();
    return fills.length > 0 && fills;
  });
  assert.deepEqual(
    { price: fill?.price, quantity: fill?.quantity, fee: fill?.fee, fillType: fill?.fillType, corrId: fill?.corrId },
    { price: '601', quantity: '0.1', fee: '0.03005', fillType: 'FULL', corrId: 'corr-first' },
  );
  await eventually('FILLED', async () => (await statusesOf('first')).includes('FILLED'));
  assert.deepEqual(await statusesOf('first'), ['ACCEPTED', 'FILLED']);
  const snapshot = await world.snapshot();
  assert.equal(snapshot?.cash, '999939.86995');
  assert.equal(snapshot?.positions[0]?.quantity, '0.1');
});

test('exec: refuses the second instance, when the first is alive', async () => {
  const second = await startExecProcess(world.nats);
  await eventually('a reason', async () => (await second.ready()).body.includes('INSTANCE_ALREADY_RUNNING'));
  assert.equal((await second.ready()).status, 503);
  await second.kill('SIGKILL');
});

test('exec: halts, cancels resting orders and denies the next intent, when a kill switch is engaged', async () => {
  await world.publishIntent(intentFixture('rests', { type: 'LIMIT', limitPrice: '590', timeInForce: 'GTC' }, Date.now()));
  await eventually('the order rests', async () => (await statusesOf('rests')).includes('RESTING'));
  await world.setHalt(haltFixture(1, 'ENGAGED'));
  const halt = await eventually('the report', async () => {
    const report = (await world.status())?.halt;
    return report?.zeroOpenOrdersVerifiedAt !== undefined && report;
  });
  assert.equal(halt.restingCancelledCount, 1);
  await eventually('the order is cancelled', async () => (await statusesOf('rests')).includes('CANCELLED'));
  await world.publishIntent(intentFixture('after-halt', {}, Date.now()));
  await eventually('a denial', async () => (await statusesOf('after-halt')).includes('DENIED'));
  const denied = (await world.orderEvents()).find((event) => event.intentId === 'after-halt');
  assert.deepEqual(
    denied?.denials?.map((denial) => denial.code),
    ['TRADING_HALTED'],
  );
  await eventually('the refusal is counted', async () => (await world.status())?.halt?.refusedCount === 1);
  await world.setHalt(haltFixture(2, 'RELEASED'));
  await eventually('ACTIVE', async () => (await world.status())?.tradingState === 'ACTIVE');
});

test('exec: rebuilds the same ledger, when it starts again', async () => {
  const before = await world.snapshot();
  await exec.kill('SIGKILL');
  exec = await startExecProcess(world.nats);
  const after = await eventually('a snapshot', () => world.snapshot());
  assert.deepEqual({ ...after, time: '' }, { ...before, time: '' });
});

test('exec: survives that NATS is stopped and started, when intents come before and after', async () => {
  await world.nats.restart();
  await eventually('connected', () => world.bus.connected());
  await eventually('publishes', () =>
    world.publishMarket(quoteFixture('q1', '600', '601', { bidSize: '2', askSize: '2' })).then(() => true),
  );
  await eventually('published', () => world.publishIntent(intentFixture('after-outage', {}, Date.now())).then(() => true));
  await eventually('FILLED', async () => (await statusesOf('after-outage')).includes('FILLED'), 30_000);
});

test('exec: counts, when asked for metrics', async () => {
  await world.setConfig(configFixture({ paper: { takerFeeBps: 6 } }));
  const metrics = await exec.metrics();
  assert.match(metrics, /exec_orders_received_total\{status="ACCEPTED"\} 1/);
  assert.match(metrics, /exec_fills_generated_total\{fill_type="FULL",instrument="BTC-USD"\} 1/);
});
