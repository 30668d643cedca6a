import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Clock, ExecConfig } from '@flotilla/contracts';
import { makeLogger } from '@flotilla/runtime/log.ts';
import { formatTime } from '@flotilla/contracts/values/format-time.ts';
import { activateConfig } from '../config/active-config.ts';
import { recordOrderEvent } from '../orders/order-book.ts';
import { makeExecState } from '../state/exec-state.ts';
import { configFixture, INSTRUMENT, START_MS } from '../testing/fixtures.ts';
import { orderEventFixture } from '../testing/order-events.ts';
import { makeStrategyHalts } from './strategy-halts.ts';

type DesiredState = ExecConfig['strategies'][number]['desiredState'];

const START = formatTime(START_MS);
const VERIFIED = formatTime(START_MS + 5);
/** Lets all that waits for the venue go on. */
const settled = () => new Promise((resolve) => setImmediate(resolve));

/** Strategies a and b. `atVenue`: ids of the orders that the venue shows as open. Time moves by sleeping alone. */
function setUp() {
  let nowMs = START_MS;
  let looks = 0;
  let changes = 0;
  const cancelled: string[] = [];
  const atVenue = new Set<string>();
  const state = makeExecState();
  const clock: Clock = {
    nowMs: () => nowMs,
    monotonicMs: () => nowMs,
    async sleep(delayMs) {
      nowMs += delayMs;
      await settled();
    },
    after: () => () => undefined,
  };
  const halts = makeStrategyHalts({
    state,
    clock,
    logger: makeLogger({ service: 'exec', revision: 'test', level: 'silent' }),
    venue: {
      openOrders() {
        looks += 1;
        return Promise.resolve([...atVenue].map((orderId) => ({ orderId, instrument: INSTRUMENT, leaves: 1n })));
      },
    },
    cancelAllOf(strategy, reason) {
      cancelled.push(`${strategy} ${reason.split(':')[0]}`);
      return 2;
    },
    onChange: () => (changes += 1),
  });
  const use = (a: DesiredState, b: DesiredState = 'Running'): void =>
    halts.useConfig(
      activateConfig(
        configFixture({
          strategies: [
            { name: 'a', desiredState: a },
            { name: 'b', desiredState: b },
          ],
        }),
        undefined,
      ),
    );
  const accept = (strategy: string, orderId: string): void =>
    void recordOrderEvent(state.orders, orderEventFixture({ strategy, orderId }), undefined);
  const end = (orderId: string): void =>
    void recordOrderEvent(
      state.orders,
      orderEventFixture({ strategy: state.orders.orders.get(orderId)?.strategy ?? '', orderId, ordinal: 1, status: 'CANCELLED' }),
      undefined,
    );
  return { halts, use, accept, end, atVenue, cancelled, looks: () => looks, changes: () => changes };
}

test('strategy halt: cancels the orders of the halted strategy alone, in the same turn, and reports the count', () => {
  const { halts, use, cancelled } = setUp();
  use('Halted');
  assert.deepEqual(cancelled, ['a STRATEGY_HALTED']);
  assert.deepEqual(halts.report('a'), { gateClosedAt: START, restingCancelledCount: 2 });
  assert.equal(halts.report('b'), undefined);
});

test('strategy halt: reports the time, when the venue has shown twice that no order is open', async () => {
  const { halts, use, looks, changes } = setUp();
  use('Halted');
  for (let turn = 0; turn < 4; turn += 1) await settled();
  assert.deepEqual(halts.report('a'), { gateClosedAt: START, restingCancelledCount: 2, zeroOpenOrdersVerifiedAt: VERIFIED });
  assert.deepEqual([looks(), changes()], [2, 1]);
});

test('strategy halt: does not begin again, when a configuration repeats it', async () => {
  const { use, cancelled } = setUp();
  use('Halted');
  use('Halted');
  await settled();
  assert.equal(cancelled.length, 1);
});

for (const { reason, given, hide } of [
  { reason: 'the venue shows one', given: 'venue', hide: false },
  { reason: 'one was accepted and not sent yet', given: 'fold', hide: true },
] as const) {
  test(`strategy halt: cancels again and waits for an open order of the strategy, when ${reason}`, async () => {
    const { halts, use, accept, end, atVenue, cancelled } = setUp();
    accept('a', 'mine');
    if (!hide) {
      end('mine');
      atVenue.add('mine');
    }
    use('Halted');
    for (let turn = 0; turn < 6; turn += 1) await settled();
    assert.equal(halts.report('a')?.zeroOpenOrdersVerifiedAt, undefined, given);
    assert.ok(cancelled.length > 2, 'cancelled again');
    if (hide) end('mine');
    atVenue.clear();
    for (let turn = 0; turn < 6; turn += 1) await settled();
    assert.notEqual(halts.report('a')?.zeroOpenOrdersVerifiedAt, undefined);
  });
}

test('strategy halt: does not wait for orders of another strategy', async () => {
  const { halts, use, accept, atVenue } = setUp();
  accept('b', 'theirs');
  atVenue.add('theirs');
  use('Halted');
  for (let turn = 0; turn < 4; turn += 1) await settled();
  assert.equal(halts.report('a')?.zeroOpenOrdersVerifiedAt, VERIFIED);
});

test('strategy halt: is forgotten, when the strategy runs again, and begins anew, when it is halted again', async () => {
  const { halts, use, cancelled, changes } = setUp();
  use('Halted');
  use('Running', 'Halted');
  assert.equal(halts.report('a'), undefined);
  assert.notEqual(halts.report('b'), undefined);
  for (let turn = 0; turn < 6; turn += 1) await settled();
  assert.equal(halts.report('a'), undefined, 'the confirmation of a halt that is over reports nothing');
  assert.equal(changes(), 1, 'of b alone');
  use('Halted', 'Halted');
  assert.deepEqual(cancelled, ['a STRATEGY_HALTED', 'b STRATEGY_HALTED', 'a STRATEGY_HALTED']);
});
