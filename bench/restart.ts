/** The rebuild of an exec with many past orders: from all executions, and from a checkpoint. The saving of the state. */
import { encodeEvent, type OrderEvent, subjects } from '@flotilla/contracts';
import { openCheckpointStore } from '@flotilla/exec/checkpoints/checkpoint-store.ts';
import { captureState } from '@flotilla/exec/checkpoints/pack-state.ts';
import { rebuildState, type Rebuilt } from '@flotilla/exec/service/rebuild.ts';
import { takeOver } from '@flotilla/exec/service/take-over.ts';
import { startExecWorld } from '@flotilla/exec/testing/exec-world.ts';
import { PORTFOLIO, START_MS, STRATEGY } from '@flotilla/exec/testing/fixtures.ts';
import { orderEventFixture } from '@flotilla/exec/testing/order-events.ts';
import { openBucket, systemClock, systemRng } from '@flotilla/runtime';
import { testLogger } from '@flotilla/runtime/testing/open-test-bus.ts';
import { beginBench, round } from './harness/report.ts';

const ORDERS = Number(process.env['FLOTILLA_BENCH_ORDERS'] ?? 30_000);
const OPEN = 1_000;
const AT_ONCE = 512;

const bench = beginBench(
  'restart',
  `${ORDERS} past orders (accepted and cancelled) and ${OPEN} open ones on a real nats-server; the state is rebuilt from all executions and from a checkpoint, in turns`,
);
const world = await startExecWorld();
/** Writes the next epoch, as an instance does when it starts. Gives its place in the stream. */
async function own(): Promise<number> {
  const owner = await takeOver({
    bus: world.bus,
    clock: systemClock,
    rng: systemRng,
    logger: testLogger(),
    portfolio: PORTFOLIO,
    instance: 'bench',
    revision: 'bench',
    lastEpoch: () => Promise.resolve(0),
    signal: new AbortController().signal,
    onProblem: () => undefined,
  });
  if (owner === undefined) throw new Error('the portfolio was not taken over');
  return owner.fence.sequence;
}

/** Both events of an order. */
function order(index: number): readonly OrderEvent[] {
  const ids = { orderId: `order-${index}`, intentId: `intent-${index}`, causationId: `DECISIONS:${index + 1}` };
  return [
    orderEventFixture({ ...ids, id: `${index}-0` }),
    orderEventFixture({ ...ids, id: `${index}-1`, ordinal: 1, status: index < ORDERS ? 'CANCELLED' : 'RESTING' }),
  ];
}

await own();
let last = { sequence: 0, eventId: '' };
let next = 0;
await Promise.all(
  Array.from({ length: AT_ONCE }, async () => {
    while (next < ORDERS + OPEN) {
      for (const event of order(next++)) {
        const { sequence } = await world.bus.publish(subjects.order(PORTFOLIO, STRATEGY), encodeEvent(event), { messageId: '' });
        if (sequence > last.sequence) last = { sequence, eventId: event.id };
      }
    }
  }),
);

const checkpoints = openCheckpointStore(openBucket(world.bus, 'EXEC_CHECKPOINTS'), PORTFOLIO);
const throughSequence = await own();
async function rebuild(): Promise<{ readonly rebuilt: Rebuilt; readonly ms: number }> {
  const startedMs = performance.now();
  const rebuilt = await rebuildState({
    bus: world.bus,
    checkpoints,
    logger: testLogger(),
    portfolio: PORTFOLIO,
    throughSequence,
    // A day later, so that exec has forgotten the past orders.
    nowMs: START_MS + 86_400_000,
  });
  return { rebuilt, ms: performance.now() - startedMs };
}

const whole = await rebuild();
bench.line(`all executions: ${whole.rebuilt.eventsRead} events, ${round(whole.ms)} ms`);
const captureMs = performance.now();
const captured = captureState(whole.rebuilt.state);
const capturedMs = performance.now() - captureMs;
const writeMs = performance.now();
await checkpoints.write(0, captured, { ...last, epoch: 1, savedAt: 'now' });
const writtenMs = performance.now() - writeMs;
bench.line(`checkpoint of ${captured.order.length} orders: copied in ${round(capturedMs)} ms, written in ${round(writtenMs)} ms`);
const short = await rebuild();
bench.line(`checkpoint and ${short.rebuilt.eventsRead} events after it: ${round(short.ms)} ms, ${round(whole.ms / short.ms)} times faster`);
if (short.rebuilt.state.orders.open.size !== OPEN || short.rebuilt.slot !== 0)
  throw new Error('the rebuild did not begin with the checkpoint');
await world.stop();
bench.finish({ events: whole.rebuilt.eventsRead, allMs: whole.ms, checkpointMs: short.ms, captureMs: capturedMs, writeMs: writtenMs }, [
  { what: 'rebuild with 1,000 open orders', found: short.ms, bound: 2_000, sense: 'at most', unit: 'ms' },
  { what: 'copy of the state, which holds orders back', found: capturedMs, bound: 150, sense: 'at most', unit: 'ms' },
]);
