/** What a rebuild takes from a checkpoint and what from a real stream, event by event. */
import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import { encodeEvent, type OrderEvent, type Reconcile, subjects } from '@flotilla/contracts';
import { openBucket, systemClock, systemRng } from '@flotilla/runtime';
import { testLogger } from '@flotilla/runtime/testing/open-test-bus.ts';
import { rebuildState, type Rebuilt } from '../service/rebuild.ts';
import { takeOver } from '../service/take-over.ts';
import { makeExecState } from '../state/exec-state.ts';
import { type ExecWorld, startExecWorld } from '../testing/exec-world.ts';
import { PORTFOLIO, START_MS, STRATEGY } from '../testing/fixtures.ts';
import { orderEventFixture } from '../testing/order-events.ts';
import { type CheckpointStore, openCheckpointStore } from './checkpoint-store.ts';
import { captureState } from './pack-state.ts';

let world: ExecWorld;
let checkpoints: CheckpointStore;
beforeEach(async () => {
  world = await startExecWorld();
  checkpoints = openCheckpointStore(openBucket(world.bus, 'EXEC_CHECKPOINTS'), PORTFOLIO);
});
afterEach(() => world.stop());

/** Writes the next epoch, as an instance does when it starts. Gives its sequence. */
async function own(lastEpoch = 0): Promise<number> {
  const { signal } = new AbortController();
  const base = { bus: world.bus, clock: systemClock, rng: systemRng, logger: testLogger(), portfolio: PORTFOLIO, signal };
  const identity = { instance: 'test', revision: 'test', lastEpoch: () => Promise.resolve(lastEpoch), onProblem: () => undefined };
  const owner = await takeOver({ ...base, ...identity });
  assert.ok(owner !== undefined);
  return owner.fence.sequence;
}

async function store(subject: string, event: OrderEvent | Reconcile): Promise<number> {
  return (await world.bus.publish(subject, encodeEvent(event), { messageId: '' })).sequence;
}

const storeOrder = (orderId: string) => store(subjects.order(PORTFOLIO, STRATEGY), orderEventFixture({ orderId, id: orderId }));

const rebuild = (throughSequence: number): Promise<Rebuilt> =>
  rebuildState({ bus: world.bus, checkpoints, logger: testLogger(), portfolio: PORTFOLIO, throughSequence, nowMs: START_MS });

test('rebuild: begins with the very event after the checkpoint', async () => {
  await own();
  const sequence = await storeOrder('held');
  await checkpoints.write(0, captureState(makeExecState()), { sequence, eventId: 'held', epoch: 1, savedAt: 'now' });
  await storeOrder('next');
  const { state, slot, eventsRead } = await rebuild(await own());
  assert.deepEqual([[...state.orders.open.keys()], slot, eventsRead], [['next'], 0, 1]);
});

test('rebuild: takes no older halt generation from an event that the checkpoint holds', async () => {
  await own();
  const { schemaVersion, corrId, time, producer, portfolio, epoch } = orderEventFixture();
  await store(subjects.reconcile(PORTFOLIO), {
    schemaVersion,
    id: 'reconcile',
    corrId,
    time,
    producer,
    portfolio,
    epoch,
    result: 'MATCHED',
    ordersCompared: 0,
    positionsCompared: 0,
    differences: [],
    halt: { generation: 7, engagedGeneration: 7 },
  });
  const sequence = await storeOrder('held');
  const state = makeExecState();
  state.haltGenerations = { highest: 9, highestEngaged: 9 };
  await checkpoints.write(0, captureState(state), { sequence, eventId: 'held', epoch: 1, savedAt: 'now' });
  assert.deepEqual((await rebuild(await own())).state.haltGenerations, { highest: 9, highestEngaged: 9 });
});

test('rebuild: refuses a stream that begins with a later epoch, although its executions follow that epoch', async () => {
  await own(1);
  await storeOrder('left');
  await assert.rejects(rebuild(await own(1)), { code: 'HISTORY_INCOMPLETE' });
});
