/** Effect of a desired state and a mode on the orders of one strategy, and only of that strategy. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ExecConfig } from '@flotilla/contracts';
import { formatTime } from '@flotilla/contracts/values/format-time.ts';
import { type CoreUnderTest, coreUnderTest } from '../testing/core-under-test.ts';
import { configFixture, intentFixture, STRATEGY } from '../testing/fixtures.ts';
import { send } from '../testing/send.ts';

const OTHER = 'other';
type Entry = Partial<ExecConfig['strategies'][number]>;
const configOf = (entry: Entry): ExecConfig => configFixture({ strategies: [entry, { name: OTHER }] });
const limit = (id: string, side: 'BUY' | 'SELL', limitPrice: string, strategy = STRATEGY) =>
  intentFixture(id, { strategy, side, type: 'LIMIT', limitPrice, quantity: '0.5', timeInForce: 'GTC' });

/** Each strategy is long 1, with one resting buy and one resting sell. */
async function trading(): Promise<CoreUnderTest> {
  const world = await coreUnderTest({ config: configOf({}) });
  world.quote('100', '101', '10');
  for (const strategy of [STRATEGY, OTHER]) {
    assert.deepEqual(send(world, intentFixture(`open-${strategy}`, { strategy, quantity: '1' })), []);
    assert.deepEqual(send(world, limit(`buy-${strategy}`, 'BUY', '90', strategy)), []);
    assert.deepEqual(send(world, limit(`sell-${strategy}`, 'SELL', '120', strategy)), []);
  }
  return world;
}

const resting = (world: CoreUnderTest): readonly string[] => [...world.state.orders.open.values()].map(({ intentId }) => intentId).sort();
const OTHERS = [`buy-${OTHER}`, `sell-${OTHER}`];
const reportOf = (world: CoreUnderTest) => world.core.status().strategies?.find(({ name }) => name === STRATEGY);

const cases: readonly { readonly when: string; readonly entry: Entry; readonly rests: readonly string[] }[] = [
  { when: 'the strategy runs', entry: { revision: 'b' }, rests: [`buy-${STRATEGY}`, `sell-${STRATEGY}`] },
  { when: 'the strategy is paused', entry: { desiredState: 'Paused' }, rests: [`buy-${STRATEGY}`, `sell-${STRATEGY}`] },
  { when: 'the strategy is halted', entry: { desiredState: 'Halted' }, rests: [] },
  { when: 'the strategy drains', entry: { mode: 'ReduceOnly' }, rests: [`sell-${STRATEGY}`] },
  { when: 'exec flattens the strategy', entry: { mode: 'Flatten' }, rests: [] },
];
for (const { when, entry, rests } of cases) {
  test(`trading core: leaves ${rests.length} resting orders of the strategy and all of other strategies, when ${when}`, async () => {
    const world = await trading();
    world.core.useConfig(configOf(entry));
    assert.deepEqual(
      resting(world).filter((id) => id.startsWith('buy-') || id.startsWith('sell-')),
      [...rests, ...OTHERS].sort(),
    );
  });
}

test('trading core: cancels all open orders of a strategy, when the configuration no longer has the strategy', async () => {
  const world = await trading();
  world.core.useConfig(configFixture({ strategies: [{ name: OTHER }] }));
  assert.deepEqual(resting(world), OTHERS);
  assert.deepEqual(reportOf(world), {
    name: STRATEGY,
    desiredState: 'Halted',
    openOrders: 0,
    openPositions: 1,
    instruments: ['BTC-USD'],
  });
});

test('trading core: reports the halt of a strategy, confirms twice that no order of it is open, and forgets the halt when the strategy runs', async () => {
  const world = await trading();
  world.core.useConfig(configOf({ desiredState: 'Halted' }));
  const halt = await untilVerified(world);
  assert.equal(halt?.restingCancelledCount, 2);
  assert.equal(halt?.gateClosedAt, formatTime(world.nowMs()));
  assert.equal(world.core.status().tradingState, 'ACTIVE', 'the account trades on');
  world.core.useConfig(configOf({}));
  assert.equal(reportOf(world)?.halt, undefined);
  assert.deepEqual(send(world, intentFixture('again')), []);
});

test('engine: sends nothing, when its strategy is halted or paused between acceptance and submission', async () => {
  for (const desiredState of ['Halted', 'Paused'] as const) {
    const world = await coreUnderTest();
    world.quote('100', '101', '10');
    const { engine } = world.core;
    const origin = { by: 'AGENT', subjectStrategy: STRATEGY, causationId: 'DECISIONS:1', traceparent: undefined } as const;
    const decision = engine.decide(intentFixture('a'), origin);
    world.core.useConfig(configFixture({ strategies: [{ desiredState }] }));
    assert.equal(engine.submit(decision.order.orderId)?.kind, 'REFUSED');
    assert.deepEqual(world.fills(), []);
  }
});

async function untilVerified(world: CoreUnderTest) {
  for (let turn = 0; turn < 100; turn += 1) {
    const halt = reportOf(world)?.halt;
    if (halt?.zeroOpenOrdersVerifiedAt !== undefined) return halt;
    await Promise.resolve();
  }
  return assert.fail('never verified');
}
