/** The writer of executions on a stream with three replicas, which takes one fenced write at a time. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type Bus, FlotillaError, parseEvent, STREAMS, subjects } from '@flotilla/contracts';
import { systemClock, systemRng } from '@flotilla/runtime';
import type { NatsBus } from '@flotilla/runtime/bus/connect-bus.ts';
import { ensureStream } from '@flotilla/runtime/provision/ensure-stream.ts';
import { type NatsCluster, startNatsCluster } from '@flotilla/runtime/testing/nats-cluster.ts';
import { openTestBus, testLogger } from '@flotilla/runtime/testing/open-test-bus.ts';
import { makeExecutionWriter } from './service/execution-writer.ts';
import { takeOver } from './service/take-over.ts';
import { reconcileExecution } from './testing/executions.ts';

let cluster: NatsCluster;
let bus: NatsBus;
before(async () => {
  cluster = await startNatsCluster();
  const [first] = cluster.servers.values();
  bus = await openTestBus({ url: first?.url ?? '' });
  await ensureStream(bus, STREAMS.EXECUTIONS, { replicas: 3 });
});
after(async () => {
  await bus.close();
  await cluster.stop();
});

const options = { clock: systemClock, rng: systemRng, logger: testLogger() };

async function fenceOf(portfolio: string) {
  const { signal } = new AbortController();
  const instance = {
    portfolio,
    instance: 'test',
    revision: 'test',
    signal,
    lastEpoch: () => Promise.resolve(0),
    onProblem: () => undefined,
  };
  const ownership = await takeOver({ ...options, ...instance, bus });
  assert.ok(ownership !== undefined);
  return ownership.fence;
}

async function storedIds(portfolio: string): Promise<readonly string[]> {
  const ids: string[] = [];
  const last = await bus.last('EXECUTIONS', subjects.reconcile(portfolio), 'LEADER');
  const reading = {
    subject: subjects.reconcile(portfolio),
    fromSequence: 1,
    throughSequence: last?.sequence ?? 0,
    servedBy: 'LEADER',
  } as const;
  for await (const { payload } of bus.read('EXECUTIONS', reading)) ids.push(parseEvent('executions.reconcile', payload).event.id);
  return ids;
}

for (const { streamReplicas, portfolio } of [
  { streamReplicas: 3, portfolio: 'known' },
  { streamReplicas: undefined, portfolio: 'unknown' },
]) {
  test(`execution writer: stores everything once and in order on three servers, when their number is ${portfolio}`, async () => {
    const onLost = (error: Error): void => assert.fail(error);
    const writer = makeExecutionWriter({ ...options, bus, fence: await fenceOf(portfolio), streamReplicas, onLost });
    const ids = Array.from({ length: 100 }, (_each, index) => `${portfolio}-${index}`);
    await Promise.all(ids.map((id) => writer.write(reconcileExecution(portfolio, id))));
    assert.deepEqual(await storedIds(portfolio), ids);
  });
}

test('execution writer: keeps the portfolio and stores everything once, when it takes three servers for one', async () => {
  const onLost = (error: Error): void => assert.fail(error);
  const writer = makeExecutionWriter({ ...options, bus, fence: await fenceOf('mistaken'), streamReplicas: 1, onLost });
  const ids = Array.from({ length: 100 }, (_each, index) => `mistaken-${index}`);
  await Promise.all(ids.map((id) => writer.write(reconcileExecution('mistaken', id))));
  assert.deepEqual((await storedIds('mistaken')).toSorted(), ids.toSorted());
});

test('execution writer: gives the portfolio up on three servers, when the stream has a newer epoch', async () => {
  const lost: Error[] = [];
  const fence = await fenceOf('contested');
  const older = makeExecutionWriter({ ...options, bus, fence, streamReplicas: 3, onLost: (error) => void lost.push(error) });
  await fenceOf('contested');
  await assert.rejects(older.write(reconcileExecution('contested', 'late')), { code: 'FENCED' });
  assert.deepEqual([lost.length, await storedIds('contested')], [1, []]);
});

test('publish: tells writes that overlap from a writer that is fenced, and a repetition on its way from a refusal', async () => {
  const payload = Buffer.from('{}');
  const subject = subjects.reconcile('overlap');
  const fence = await fenceOf('overlap');
  const codes = async (all: readonly Parameters<Bus['publish']>[2][]): Promise<ReadonlySet<string>> => {
    const ends = await Promise.allSettled(all.map((one) => bus.publish(subject, payload, one)));
    return new Set(ends.map((end) => (end.status === 'fulfilled' ? 'stored' : codeOf(end.reason))));
  };
  const several = Array.from({ length: 16 }, (_each, index) => ({ messageId: `overlap-${index}`, expectedLastSubjectSequence: fence }));
  assert.deepEqual(await codes(several), new Set(['stored', 'WRITE_OVERLAPS']));
  const same = Array.from({ length: 16 }, () => ({ messageId: 'overlap-same' }));
  assert.deepEqual(await codes(same), new Set(['stored', 'WRITE_OVERLAPS']));
  const stale = { messageId: 'overlap-stale', expectedLastSubjectSequence: { ...fence, sequence: fence.sequence - 1 } };
  assert.deepEqual(await codes([stale]), new Set(['FENCED']));
});

function codeOf(error: unknown): string {
  return error instanceof FlotillaError ? error.code : String(error);
}
