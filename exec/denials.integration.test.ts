/** A denial by each check that a configuration or an intent can cause, through the whole process and a real nats-server. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { DenialCode, ExecConfig, OrderIntent } from '@flotilla/contracts';
import { eventually } from '@flotilla/runtime/testing/eventually.ts';
import { type ExecProcess, startExecProcess } from './testing/exec-process.ts';
import { type ExecWorld, startExecWorld } from './testing/exec-world.ts';
import { configFixture, intentFixture, policyFixture, quoteFixture } from './testing/fixtures.ts';

let world: ExecWorld;
let exec: ExecProcess;

before(async () => {
  world = await startExecWorld();
  exec = await startExecProcess(world.nats);
  await eventually('exec is ready', async () => (await exec.ready()).status === 200, 30_000);
});
after(async () => {
  await exec.kill('SIGKILL');
  await world.stop();
});

const policy = (...overrides: Parameters<typeof policyFixture>) => configFixture({ policy: policyFixture(...overrides) });
const limit = (limitPrice: string) => ({ type: 'LIMIT' as const, limitPrice });
const WIDE = configFixture();

const CASES: readonly (readonly [code: DenialCode, intent: Partial<OrderIntent>, config?: ExecConfig])[] = [
  ['INTENT_INVALID', { type: 'LIMIT' }],
  ['INTENT_EXPIRED', { expiresAt: '2020-01-01T00:00:00Z' }],
  ['STRATEGY_UNKNOWN', {}, configFixture({ strategies: [{ name: 'other' }] })],
  ['STRATEGY_NOT_RUNNING', {}, configFixture({ strategies: [{ desiredState: 'Paused' }] })],
  ['INSTRUMENT_NOT_ALLOWED', { instrument: 'DOGE-USD' }],
  ['PRICE_OFF_TICK', limit('600.001')],
  ['QUANTITY_OFF_LOT', { quantity: '0.000000001' }],
  ['MARKET_PRICE_MISSING', { instrument: 'SPY', quantity: '1' }],
  ['ORDER_QUANTITY_LIMIT', {}, policy({ order: { maxQuantity: '0.01' } })],
  ['ORDER_NOTIONAL_LIMIT', {}, policy({ order: { maxNotional: '10' } })],
  ['PRICE_COLLAR', limit('700'), policy({ order: { priceCollarBps: 100 } })],
  ['POSITION_LIMIT', {}, policy({ position: { maxNotional: '10' } })],
  ['CAPITAL_LIMIT', {}, configFixture({ strategies: [{ capitalMaxNotional: '10' }] })],
  ['GROSS_NOTIONAL_LIMIT', {}, policy({ portfolio: { maxGrossNotional: '10' } })],
  ['LEVERAGE_LIMIT', {}, policy({ portfolio: { maxLeverage: '0.00001' } })],
  ['REDUCE_ONLY_VIOLATION', { reduceOnly: true }],
];

for (const [code, intent, config = WIDE] of CASES) {
  test(`exec: denies with ${code}, when an intent fails the check`, async () => {
    await world.setConfig(config);
    await eventually('the configuration is in force', async () => (await world.status())?.configHash === config.configHash);
    await world.publishMarket(quoteFixture(`quote-for-${code}`, '600', '600'));
    await world.publishIntent(intentFixture(`intent-for-${code}`, intent, Date.now()));
    const denied = await eventually('a denial', async () =>
      (await world.orderEvents()).find((event) => event.intentId === `intent-for-${code}`),
    );
    assert.equal(denied.status, 'DENIED');
    assert.ok(
      denied.denials?.some((denial) => denial.code === code && denial.message !== ''),
      JSON.stringify(denied.denials),
    );
    assert.deepEqual(await world.fills(), []);
  });
}

test('exec: counts each denial by its code, when asked for metrics', async () => {
  const metrics = await exec.metrics();
  for (const [code] of CASES) assert.match(metrics, new RegExp(`exec_denials_total\\{code="${code}"\\} [1-9]`));
});
