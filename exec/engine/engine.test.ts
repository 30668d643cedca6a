/** Properties of the whole trading core over any sequence of markets, intents, halts and restarts. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { absolute, formatUnits, notionalUp, type OrderEvent, parseUnits } from '@flotilla/contracts';
import { isReduction } from './reductions.ts';
import { isTerminal, leavesOf } from '../orders/order.ts';
import type { ExecState } from '../state/exec-state.ts';
import { coreUnderTest } from '../testing/core-under-test.ts';
import { configFixture, INSTRUMENT, intentFixture, STRATEGY } from '../testing/fixtures.ts';
import { CONFIG, fold, GROSS_MAX, intentOf, play, POSITION_MAX, PRICE, quantity, step, STRATEGIES } from '../testing/play-steps.ts';
import { send } from '../testing/send.ts';

/** The state without the opening of the day, which the next reconciliation writes. */
const comparable = (state: ExecState) => ({ ...state, dayOpen: undefined });

test('engine: keeps each position and the gross exposure within their limits, for any sequence of intents at one price', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 30, maxLength: 60 }), async (steps) => {
      await play(steps, ({ state }) => {
        let gross = 0n;
        for (const { position } of state.ledger.entries.values()) {
          const notional = notionalUp(parseUnits(PRICE), absolute(position.quantity));
          assert.ok(notional <= parseUnits(POSITION_MAX), `position ${formatUnits(notional)}`);
          gross += notional;
        }
        assert.ok(gross <= parseUnits(GROSS_MAX), `gross ${formatUnits(gross)}`);
      });
    }),
  );
});

test('engine: folds its own events to its running state, for any sequence', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
      const world = await play(steps, () => undefined);
      assert.deepEqual(comparable(fold(world.written)), comparable(world.state));
    }),
  );
});

test('engine: folds to the same state, when every event comes twice', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
      const world = await play(steps, () => undefined);
      assert.deepEqual(comparable(fold(world.written.flatMap((each) => [each, each]))), comparable(world.state));
    }),
  );
});

test('engine: agrees with the venue, after any sequence', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
      const world = await play(steps, () => undefined);
      await world.core.reconciler.run();
      assert.equal(world.core.reconciler.matched(), true);
    }),
  );
});

test('engine: lets every reduction pass, after any sequence', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 40 }), fc.constantFrom(...STRATEGIES), quantity, async (steps, strategy, size) => {
      const world = await play(steps, () => undefined);
      const position = world.state.ledger.entries.get(`${strategy}/${INSTRUMENT}`)?.position.quantity ?? 0n;
      const side = position > 0n ? ('SELL' as const) : ('BUY' as const);
      fc.pre(isReduction(world.state, strategy, { instrument: INSTRUMENT, side }, parseUnits(size)));
      world.core.useConfig(configFixture({ strategies: [] }));
      world.advance(20_000);
      assert.deepEqual(send(world, intentFixture('reduce', { strategy, side, quantity: size, reduceOnly: true })), []);
    }),
  );
});

test('engine: never lets a reduce-only order open a position, for any sequence', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
      const world = await play(steps, () => undefined);
      const positions = new Map<string, bigint>();
      for (const fill of world.fills()) {
        const before = positions.get(fill.strategy) ?? 0n;
        const after = before + (fill.side === 'BUY' ? parseUnits(fill.quantity) : -parseUnits(fill.quantity));
        positions.set(fill.strategy, after);
        if (!world.state.orders.orders.get(fill.orderId)?.reduceOnly) continue;
        assert.ok(absolute(after) < absolute(before) && after * before >= 0n, `${formatUnits(before)} to ${formatUnits(after)}`);
      }
    }),
  );
});

for (const cut of [0.1, 0.3, 0.5, 0.7, 0.9]) {
  test(`engine: loses and doubles nothing, when a crash cuts the stream at ${cut} of its length`, async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 10, maxLength: 40 }), async (steps) => {
        const first = await play(steps, () => undefined);
        const kept = first.written.slice(0, Math.ceil(first.written.length * cut));
        const second = await coreUnderTest({ config: CONFIG, state: fold(kept), epoch: 2, reconciled: false });
        second.quote(PRICE, PRICE, '1');
        await second.core.recover();
        const all = [...kept, ...second.written];
        assert.deepEqual(comparable(fold(all)), comparable(second.state));
        assert.equal(second.core.reconciler.matched(), true);
        const ids = all.map(({ event }) => event.id).filter((id, index, list) => list.indexOf(id) !== index);
        assert.deepEqual(
          ids.filter((id) => !first.written.some(({ type, event }) => event.id === id && type === 'executions.reconcile')),
          [],
        );
        for (const order of second.state.orders.orders.values()) {
          if (order.status !== 'DENIED') assert.equal(order.status === 'FILLED', order.filled === order.quantity);
        }
        for (const order of second.state.orders.open.values()) {
          assert.equal(order.timeInForce, 'GTC');
          assert.ok(!isTerminal(order.status) && order.status !== 'ACCEPTED' && leavesOf(order) > 0n, order.status);
        }
        for (const [index, each] of steps.entries()) if (each.kind === 'intent') send(second, intentOf(each, `i${index}`));
        const firstEvents = second.orderEvents().filter((event) => event.ordinal === 0).length;
        assert.equal(
          firstEvents + kept.filter(({ type, event }) => type === 'executions.order' && (event as OrderEvent).ordinal === 0).length,
          steps.filter(({ kind }) => kind === 'intent').length,
        );
      }),
    );
  });
}

test('engine: sends nothing, when the gate closes between acceptance and submission', async () => {
  const world = await coreUnderTest();
  world.quote('100', '101', '1');
  const { engine } = world.core;
  const decision = engine.decide(intentFixture('a'), {
    by: 'AGENT',
    subjectStrategy: STRATEGY,
    causationId: 'DECISIONS:1',
    traceparent: undefined,
  });
  assert.equal(decision.kind, 'ACCEPTED');
  world.core.disown();
  assert.equal(engine.submit(decision.order.orderId)?.kind, 'REFUSED');
  assert.deepEqual(
    world.orderEvents().map((event) => event.status),
    ['ACCEPTED', 'CANCELLED'],
  );
  assert.deepEqual(world.fills(), []);
});

test('engine: expires an accepted order, when it could not be sent in time', async () => {
  const world = await coreUnderTest();
  world.quote('100', '101', '1');
  const { engine } = world.core;
  const decision = engine.decide(intentFixture('a'), {
    by: 'AGENT',
    subjectStrategy: STRATEGY,
    causationId: 'DECISIONS:1',
    traceparent: undefined,
  });
  world.advance(30_000);
  engine.submit(decision.order.orderId);
  assert.deepEqual(
    world.orderEvents().map((event) => event.status),
    ['ACCEPTED', 'EXPIRED'],
  );
});

test('engine: makes one order of an intent, when the intent comes again before and after the fill', async () => {
  const world = await coreUnderTest({ config: configFixture({ paper: { latencyMs: 5 } }) });
  world.quote('100', '101', '1');
  send(world, intentFixture('a'));
  send(world, intentFixture('a'));
  assert.deepEqual(world.fills(), []);
  world.advance(5);
  send(world, intentFixture('a'));
  assert.equal(world.fills().length, 1);
  assert.deepEqual(
    world.orderEvents().map((event) => event.status),
    ['ACCEPTED', 'FILLED'],
  );
});

test('engine: cancels a resting reduce-only order, when another order takes the position that it reduces', async () => {
  const world = await coreUnderTest();
  world.quote('100', '100', '5');
  send(world, intentFixture('open', { quantity: '1' }));
  send(
    world,
    intentFixture('reduce', { side: 'SELL', quantity: '1', type: 'LIMIT', limitPrice: '105', timeInForce: 'GTC', reduceOnly: true }),
  );
  send(world, intentFixture('close', { side: 'SELL', quantity: '0.4' }));
  const reduce = world.orderEvents().filter((event) => event.intentId === 'reduce');
  assert.deepEqual(
    reduce.map((event) => event.status),
    ['ACCEPTED', 'RESTING', 'CANCELLED'],
  );
  assert.match(reduce.at(-1)?.reason ?? '', /^REDUCE_ONLY_VIOLATION/);
});

for (const { position, opens, reduces, limitPrice } of [
  { position: 'long', opens: 'BUY', reduces: 'SELL', limitPrice: '105' },
  { position: 'short', opens: 'SELL', reduces: 'BUY', limitPrice: '95' },
] as const) {
  test(`engine: keeps one of two resting reduce-only orders, when a smaller ${position} position covers only one of them`, async () => {
    const world = await coreUnderTest();
    world.quote('100', '100', '5');
    send(world, intentFixture('open', { side: opens, quantity: '1' }));
    const rest = { side: reduces, quantity: '0.5', type: 'LIMIT' as const, limitPrice, timeInForce: 'GTC' as const, reduceOnly: true };
    send(world, intentFixture('first', rest));
    send(world, intentFixture('second', rest));
    send(world, intentFixture('close', { side: reduces, quantity: '0.4' }));
    assert.deepEqual(
      [...world.state.orders.open.values()].map((order) => order.intentId),
      ['first'],
    );
  });
}

test('engine: counts a trade once, when the venue reports it twice', async () => {
  const world = await coreUnderTest();
  world.quote('100', '101', '1');
  const { engine } = world.core;
  const decision = engine.decide(intentFixture('a'), {
    by: 'AGENT',
    subjectStrategy: STRATEGY,
    causationId: 'DECISIONS:1',
    traceparent: undefined,
  });
  const half = decision.order.quantity / 2n;
  const report = {
    kind: 'FILL',
    orderId: decision.order.orderId,
    tradeId: 't1',
    price: parseUnits('101'),
    quantity: half,
    fee: 0n,
    liquidity: 'TAKER',
  } as const;
  engine.onReport(report);
  engine.onReport(report);
  assert.equal(world.fills().length, 1);
  assert.deepEqual(
    world.orderEvents().map(({ status, filledQuantity }) => [status, filledQuantity]),
    [
      ['ACCEPTED', '0'],
      ['PARTIALLY_FILLED', formatUnits(half)],
    ],
  );
});
