/** What a restarted exec knows, when the replica that answers direct gets lags: all that decides on money or on a halt comes from the leader (ADR 0030). */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { encodeEvent, type OrderEvent, type Reconcile, subjects } from '@flotilla/contracts';
import { openBucket, systemClock, systemRng } from '@flotilla/runtime';
import { startLaggingReplica } from '@flotilla/runtime/testing/lagging-replica.ts';
import { testLogger } from '@flotilla/runtime/testing/open-test-bus.ts';
import { openCheckpointStore } from './checkpoints/checkpoint-store.ts';
import { rebuildState } from './service/rebuild.ts';
import { takeOver } from './service/take-over.ts';
import { type ExecWorld, startExecWorld } from './testing/exec-world.ts';
import { PORTFOLIO, START_MS, STRATEGY } from './testing/fixtures.ts';
import { orderEventFixture } from './testing/order-events.ts';

let world: ExecWorld;
let replica: Awaited<ReturnType<typeof startLaggingReplica>>;

before(async () => {
  world = await startExecWorld();
  replica = await startLaggingReplica(world.bus, world.nats.url, ['EXECUTIONS']);
});
after(async () => {
  await replica.close();
  await world.stop();
});

const store = (subject: string, event: OrderEvent | Reconcile) => world.bus.publish(subject, encodeEvent(event), { messageId: event.id });

test('takeOver: counts on from the newest epoch at the first try, when the replica that answers lags', async () => {
  const take = (instance: string) => {
    const stopping = new AbortController();
    // The first try that fails ends the test, because takeOver would try again for ever.
    const onProblem = (problem: string | undefined) => problem !== undefined && stopping.abort();
    const options = {
      bus: world.bus,
      clock: systemClock,
      rng: systemRng,
      logger: testLogger(),
      portfolio: PORTFOLIO,
      revision: 'test',
      lastEpoch: () => Promise.resolve(0),
    };
    return takeOver({ ...options, instance, signal: stopping.signal, onProblem });
  };
  const owners = [await take('first'), await take('second')];
  assert.deepEqual(
    owners.map((owner) => owner?.epoch),
    [1, 2],
  );
});

test('rebuildState: knows every order and the newest halt record, when the replica that answers lags', async () => {
  await store(subjects.order(PORTFOLIO, STRATEGY), orderEventFixture({ orderId: 'open' }));
  const { schemaVersion, corrId, time, producer, portfolio, epoch } = orderEventFixture();
  const envelope = { schemaVersion, id: 'reconcile', corrId, time, producer, portfolio, epoch };
  const { sequence } = await store(subjects.reconcile(PORTFOLIO), {
    ...envelope,
    result: 'MATCHED',
    ordersCompared: 1,
    positionsCompared: 0,
    differences: [],
    halt: { generation: 7, engagedGeneration: 7 },
  });
  assert.equal(await world.bus.last('EXECUTIONS', subjects.reconcile(PORTFOLIO)), undefined, 'the stand-in lags');
  const checkpoints = openCheckpointStore(openBucket(world.bus, 'EXEC_CHECKPOINTS'), PORTFOLIO);
  const { state } = await rebuildState({
    bus: world.bus,
    checkpoints,
    logger: testLogger(),
    portfolio: PORTFOLIO,
    throughSequence: sequence,
    nowMs: START_MS,
  });
  assert.deepEqual([...state.orders.open.keys()], ['open']);
  assert.deepEqual(state.haltGenerations, { highest: 7, highestEngaged: 7 });
});
