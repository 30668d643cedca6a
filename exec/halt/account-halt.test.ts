import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { HaltMode, HaltRecord, Reconcile } from '@flotilla/contracts';
import { makeLogger } from '@flotilla/runtime/log.ts';
import { formatTime } from '@flotilla/contracts/values/format-time.ts';
import { makeExecState, foldReconcile } from '../state/exec-state.ts';
import { NO_GENERATIONS } from '../state/halt-generations.ts';
import { coreUnderTest } from '../testing/core-under-test.ts';
import { haltFixture, INSTRUMENT, intentFixture, PORTFOLIO, START_MS } from '../testing/fixtures.ts';
import { send } from '../testing/send.ts';
import { makeAccountHalt } from './account-halt.ts';

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

test('account halt: does not confirm, when the record that a later look finds proves nothing', async () => {
  const world = await withRestingOrder();
  world.halt(haltFixture(7, 'RELEASED'));
  const confirmedAtMs = world.nowMs();
  assert.equal(world.core.halt.confirmedAtMs(), confirmedAtMs);
  for (const value of [bytesOf(haltFixture(6, 'RELEASED')), bytesOf(haltFixture(6, 'ENGAGED')), new Uint8Array(), undefined]) {
    world.core.halt.onLook(value, confirmedAtMs + 100);
    assert.equal(world.core.halt.confirmedAtMs(), confirmedAtMs);
  }
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

const bytesOf = (record: HaltRecord) => new TextEncoder().encode(JSON.stringify(record));
const timeAt = (afterMs: number) => formatTime(START_MS + afterMs);

/** The halt alone: time moves by hand, and one millisecond by each cancellation; `open`: answers of the venue, one for each look. */
function setUpAlone(open: readonly number[] = [0, 0], { hasAccepted = true } = {}) {
  const answers = [...open];
  const told: string[] = [];
  const lookedAt: HaltMode[] = [];
  const logged: string[] = [];
  let nowMs = START_MS;
  const logger = makeLogger({ service: 'exec', revision: 'test', level: 'silent' });
  logger.info = (_fields: unknown, text?: string) => void logged.push(`info: ${text ?? String(_fields)}`);
  logger.error = (_fields: unknown, text?: string) => void logged.push(`error: ${text ?? String(_fields)}`);
  const halt = makeAccountHalt({
    portfolio: PORTFOLIO,
    clock: { nowMs: () => nowMs, monotonicMs: () => nowMs, sleep: () => Promise.resolve(), after: () => () => undefined },
    logger,
    generations: NO_GENERATIONS,
    cancelResting(mode, reason) {
      told.push(`cancel ${mode} ${halt.view().state} ${halt.report()?.restingCancelledCount} ${reason}`);
      nowMs += 1;
      return 2;
    },
    intolerable(mode) {
      lookedAt.push(mode);
      return Promise.resolve(Array.from({ length: answers.shift() ?? 0 }, () => ({ orderId: 'o', instrument: INSTRUMENT, leaves: 1n })));
    },
    lastAcceptedAt: () => (hasAccepted ? timeAt(-1_000) : undefined),
    onChange: () => void told.push('change'),
    onGenerations: ({ highest, highestEngaged }) => void told.push(`generations ${highest} ${highestEngaged}`),
    onUnknownFields: (fields) => void told.push(...fields.map((field) => `unknown ${field}`)),
  });
  const look = (record: HaltRecord | undefined) => halt.onLook(record === undefined ? undefined : bytesOf(record), nowMs);
  const heard = () => told.splice(0);
  return { halt, look, heard, lookedAt, logged };
}

test('account halt: reports each step with its time, when a halt is engaged', async () => {
  const { halt, look } = setUpAlone();
  look(haltFixture(3, 'ENGAGED'));
  const closed = {
    haltId: 'halt-3',
    generation: 3,
    receivedAt: timeAt(0),
    gateClosedAt: timeAt(0),
    lastAcceptedAt: timeAt(-1_000),
    refusedCount: 0,
    restingCancelledAt: timeAt(1),
    restingCancelledCount: 2,
  };
  assert.deepEqual(halt.report(), closed);
  await settled();
  assert.deepEqual(halt.report(), { ...closed, zeroOpenOrdersVerifiedAt: timeAt(1) });
});

test('account halt: closes the gate before it cancels, and tells of every step', async () => {
  const { look, heard } = setUpAlone();
  look(haltFixture(3, 'ENGAGED'));
  await settled();
  assert.deepEqual(heard(), [
    'cancel CancelAndHold ENGAGED 0 TRADING_HALTED: kill switch stop (CancelAndHold)',
    'change',
    'generations 3 3',
    'change',
  ]);
});

test('account halt: cancels again, when the venue still shows an order', async () => {
  const { halt, look, heard, lookedAt } = setUpAlone([1, 0, 0]);
  look(haltFixture(3, 'ENGAGED', 'Flatten'));
  await settled();
  assert.equal(heard().filter((line) => line.startsWith('cancel Flatten ENGAGED')).length, 2);
  assert.deepEqual(lookedAt, ['Flatten', 'Flatten', 'Flatten']);
  assert.equal(halt.report()?.zeroOpenOrdersVerifiedAt, timeAt(2));
});

test('account halt: confirms nothing, when the halt is released or replaced before the venue has answered', async () => {
  const released = setUpAlone();
  released.look(haltFixture(3, 'ENGAGED'));
  released.look(haltFixture(4, 'RELEASED'));
  await settled();
  assert.equal(released.halt.report()?.zeroOpenOrdersVerifiedAt, undefined);
  const replaced = setUpAlone([0, 1, 0, 0]);
  replaced.look(haltFixture(3, 'ENGAGED'));
  replaced.look(haltFixture(4, 'ENGAGED', 'Flatten'));
  await settled();
  assert.deepEqual(replaced.lookedAt, ['CancelAndHold', 'Flatten', 'Flatten', 'Flatten'], 'the first halt asks no second time');
  assert.deepEqual([replaced.halt.report()?.haltId, replaced.halt.report()?.restingCancelledCount], ['halt-4', 2]);
});

test('account halt: names the generation, when the record has neither halt nor kill switch', () => {
  const { halt, look, heard } = setUpAlone();
  const { haltId: _, killSwitch: __, ...record } = haltFixture(3, 'ENGAGED');
  look(record);
  assert.equal(halt.report()?.haltId, 'generation-3');
  assert.match(heard()[0] ?? '', /kill switch generation-3 \(CancelAndHold\)/);
});

test('account halt: counts no refusal, when the halt is over or none has begun', () => {
  const { halt, look, heard } = setUpAlone();
  halt.onRefused();
  assert.deepEqual([halt.report(), heard()], [undefined, []]);
  look(haltFixture(3, 'ENGAGED'));
  halt.onRefused();
  look(haltFixture(4, 'RELEASED'));
  halt.onRefused();
  assert.equal(halt.report()?.refusedCount, 1);
});

test('account halt: tells of a release and of a higher generation once, and of nothing, when the record is repeated', () => {
  const { halt, look, heard } = setUpAlone();
  assert.match(JSON.stringify(halt.view()), /UNKNOWN.*no halt record has been read yet/);
  look(haltFixture(2, 'RELEASED'));
  assert.deepEqual(heard(), ['change', 'generations 2 undefined']);
  look(haltFixture(2, 'RELEASED'));
  assert.deepEqual([heard(), halt.confirmedAtMs()], [[], START_MS]);
  look(haltFixture(3, 'RELEASED'));
  assert.deepEqual(heard(), ['generations 3 undefined']);
  assert.deepEqual(halt.generations(), { highest: 3, highestEngaged: undefined });
});

test('account halt: tells of a problem once, and of its end', () => {
  const { halt, look, heard } = setUpAlone();
  look(undefined);
  assert.deepEqual([heard(), halt.confirmedAtMs()], [['change'], undefined]);
  assert.match(halt.problem() ?? '', /found none/);
  look(undefined);
  assert.deepEqual(heard(), []);
  look(haltFixture(0, 'RELEASED'));
  assert.deepEqual([halt.problem(), halt.confirmedAtMs()], [undefined, START_MS]);
  assert.deepEqual(heard(), ['change', 'generations 0 undefined', 'change']);
});

test('account halt: logs a record that proves nothing as an error, and its mending', () => {
  const { look, logged } = setUpAlone();
  look(undefined);
  look(undefined);
  assert.deepEqual(logged, ['error: the halt record proves nothing: the gate is closed for every increase of risk']);
  look(haltFixture(0, 'RELEASED'));
  assert.deepEqual(logged.slice(1), ['info: no halt is in force', 'info: the halt record is in order again']);
});

test('account halt: reports no time of a last order, when none was accepted', () => {
  const { halt, look } = setUpAlone([0, 0], { hasAccepted: false });
  look(haltFixture(3, 'ENGAGED'));
  assert.equal(Object.hasOwn(halt.report() ?? {}, 'lastAcceptedAt'), false);
});

test('account halt: tells of fields that it does not know', () => {
  const { look, heard } = setUpAlone();
  look({ ...haltFixture(0, 'RELEASED'), colour: 'red' } as HaltRecord);
  assert.equal(heard()[0], 'unknown colour');
});

test('account halt: keeps what is known of generations, when only a halt of a lower generation comes', () => {
  const { look, heard, halt } = setUpAlone();
  look(haltFixture(7, 'RELEASED'));
  heard();
  look(haltFixture(5, 'ENGAGED'));
  assert.ok(heard().includes('generations 7 5'), 'the halt is remembered, so that only a later release ends it');
  assert.deepEqual(halt.generations(), { highest: 7, highestEngaged: 5 });
});
