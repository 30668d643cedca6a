/** When the reconciler runs, which result closes the gate, and which event it writes. The test stands in for the ports: venue and clock. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseEvent, UNITS_PER_ONE, type Reconcile, reconcileSchema } from '@flotilla/contracts';
import { makeManualClock } from '@flotilla/kube/testing/manual-clock.ts';
import { makeLogger } from '@flotilla/runtime/log.ts';
import { foldReconcile, makeExecState } from '../state/exec-state.ts';
import type { Venue } from '../venues/venue.ts';
import { makeReconciler } from './reconciler.ts';

const DAY = '2026-11-21';

function makeWorld() {
  const clock = makeManualClock(Date.parse('2026-11-21T12:00:00Z'));
  const state = makeExecState();
  /** The answers of the venue, look by look; the last answer stays. */
  const answers: ReadonlyMap<string, bigint>[] = [new Map()];
  let looks = 0;
  const venue: Pick<Venue, 'openOrders' | 'positions'> = {
    openOrders: () => Promise.resolve([]),
    positions() {
      looks += 1;
      return Promise.resolve((answers.length > 1 ? answers.shift() : answers[0]) ?? new Map<string, bigint>());
    },
  };
  const events: Reconcile[] = [];
  const errors: string[] = [];
  const logger = makeLogger({ service: 'exec', revision: 'test', level: 'silent' });
  const reconciler = makeReconciler({
    source: { portfolio: 'main', epoch: 7, revision: 'test' },
    state,
    venue: venue as Venue,
    clock,
    logger: Object.assign(Object.create(logger) as typeof logger, { error: (_fields: unknown, message: string) => errors.push(message) }),
    write(execution) {
      events.push(execution.event);
      return Promise.resolve();
    },
  });
  return { clock, state, answers, events, errors, reconciler, looks: () => looks };
}

const FOREIGN = new Map([['BTC-USD', UNITS_PER_ONE]]);

test('run: matches at the first look, and writes one event of this epoch', async () => {
  const world = makeWorld();
  assert.equal(world.reconciler.matched(), false);
  await world.reconciler.run();
  assert.equal(world.reconciler.matched(), true);
  assert.equal(world.looks(), 1);
  assert.deepEqual(world.errors, []);
  assert.deepEqual(
    world.events.map(({ portfolio, epoch, result, dayOpen }) => ({ portfolio, epoch, result, dayOpen })),
    [{ portfolio: 'main', epoch: 7, result: 'MATCHED', dayOpen: undefined }],
  );
});

test('run: compares a second time before it reports a mismatch, because an order may be on its way between the two views', async () => {
  const world = makeWorld();
  world.answers.unshift(FOREIGN);
  await world.reconciler.run();
  assert.deepEqual([world.looks(), world.reconciler.matched(), world.errors.length], [2, true, 0]);
});

test('run: holds a mismatch of both comparisons until a run matches, logs it, and names the difference in the event', async () => {
  const world = makeWorld();
  await world.reconciler.run();
  world.answers.splice(0, 1, FOREIGN);
  await world.reconciler.run();
  assert.deepEqual([world.reconciler.matched(), world.errors], [false, ['the ledger and the venue disagree']]);
  assert.deepEqual(world.events[1]?.differences, [{ what: 'position BTC-USD', ledger: '0', venue: '1' }]);
  world.answers.splice(0, 1, new Map());
  await world.reconciler.run();
  assert.equal(world.reconciler.matched(), true);
});

test('run: gives each event of an epoch its own id, and the same ids in every process', async () => {
  const ids = async (): Promise<readonly string[]> => {
    const world = makeWorld();
    for (let count = 0; count < 3; count += 1) await world.reconciler.run();
    return world.events.map(({ id }) => id);
  };
  const first = await ids();
  assert.equal(new Set(first).size, 3);
  assert.deepEqual(await ids(), first);
});

test('run: writes the P&L at which the day began, in an event that the schema accepts', async () => {
  const world = makeWorld();
  world.state.dayOpen = { day: DAY, profit: -UNITS_PER_ONE };
  await world.reconciler.run();
  assert.deepEqual(world.events[0]?.dayOpen, { day: DAY, profit: '-1' });
  assert.doesNotThrow(() => reconcileSchema.parse(world.events[0]));
});

test('keepRunning: runs a minute after the last run and not before, at once when a day begins, and never after the signal', async () => {
  const world = makeWorld();
  const stopping = new AbortController();
  await world.reconciler.run();
  const running = world.reconciler.keepRunning(stopping.signal);
  await world.clock.advance(59_000);
  assert.equal(world.events.length, 1);
  await world.clock.advance(1_000);
  assert.equal(world.events.length, 2);
  world.state.dayOpen = { day: DAY, profit: 0n };
  await world.clock.advance(999);
  assert.equal(world.events.length, 2);
  await world.clock.advance(1);
  assert.equal(world.events.length, 3);
  await world.clock.advance(59_000);
  assert.equal(world.events.length, 3);
  await world.clock.advance(1_000);
  assert.equal(world.events.length, 4);
  world.state.dayOpen = { day: '2026-11-22', profit: 0n };
  stopping.abort();
  await running;
  assert.equal(world.events.length, 4);
});

test('run: writes which generations of halt records exec has read, as far as it has read any', async () => {
  const { state, events, reconciler } = makeWorld();
  for (const generations of [
    { highest: undefined, highestEngaged: undefined },
    { highest: 3, highestEngaged: undefined },
    { highest: 3, highestEngaged: 2 },
  ]) {
    Object.assign(state, { haltGenerations: generations });
    await reconciler.run();
  }
  assert.deepEqual(
    events.map(({ halt }) => halt),
    [undefined, { generation: 3 }, { generation: 3, engagedGeneration: 2 }],
  );
});

test('run: writes the newest configuration record that exec has read, and a restarted exec reads the version from the event', async () => {
  const { state, events, reconciler } = makeWorld();
  await reconciler.run();
  assert.ok(events[0] !== undefined && !('config' in events[0]));
  state.newestConfig = { generation: 6, hash: 'c'.repeat(64) };
  await reconciler.run();
  const restarted = events.map((event) => {
    const after = makeExecState();
    foldReconcile(after, parseEvent('executions.reconcile', new TextEncoder().encode(JSON.stringify(event))).event);
    return after.newestConfig;
  });
  assert.deepEqual(restarted, [undefined, { generation: 6, hash: 'c'.repeat(64) }], 'the event of an older version has no version');
});
