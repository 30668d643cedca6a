/** Two instances of one portfolio on a real nats-server: the older one writes nothing more and ends. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { encodeEvent, FlotillaError, subjects } from '@flotilla/contracts';
import { systemClock, systemRng } from '@flotilla/runtime';
import { eventually } from '@flotilla/runtime/testing/eventually.ts';
import { testLogger } from '@flotilla/runtime/testing/open-test-bus.ts';
import { makeExecutionWriter } from './service/execution-writer.ts';
import { takeOver } from './service/take-over.ts';
import { type ExecProcess, startExecProcess } from './testing/exec-process.ts';
import { reconcileExecution } from './testing/executions.ts';
import { type ExecWorld, startExecWorld } from './testing/exec-world.ts';
import { intentFixture, PORTFOLIO, quoteFixture } from './testing/fixtures.ts';

let world: ExecWorld;
const processes: ExecProcess[] = [];

before(async () => {
  world = await startExecWorld();
});
after(async () => {
  await Promise.all(processes.map((each) => each.kill('SIGKILL')));
  await world.stop();
});

const take = async (instance: string) => {
  const ownership = await takeOver({
    bus: world.bus,
    clock: systemClock,
    rng: systemRng,
    logger: testLogger(),
    portfolio: PORTFOLIO,
    instance,
    revision: 'test',
    signal: new AbortController().signal,
    lastEpoch: () => Promise.resolve(0),
    onProblem: () => undefined,
  });
  assert.ok(ownership !== undefined);
  return ownership;
};

const codeOf = (error: Error) => (error instanceof FlotillaError ? error.code : error.name);

const executionOf = (id: string, positionsCompared = 0) => reconcileExecution(PORTFOLIO, id, positionsCompared);

test('takeOver: counts epochs up, when instances race for one portfolio', async () => {
  const owners = await Promise.all(['a', 'b', 'c'].map(take));
  assert.deepEqual(owners.map(({ epoch }) => epoch).toSorted(), [1, 2, 3]);
});

test('execution writer: writes nothing and reports the loss once, when the stream has a newer epoch', async () => {
  const problems: Error[] = [];
  const options = {
    bus: world.bus,
    clock: systemClock,
    rng: systemRng,
    logger: testLogger(),
    onLost: (error: Error) => void problems.push(error),
  };
  const older = makeExecutionWriter({ ...options, fence: (await take('older')).fence });
  await older.write(executionOf('before'));
  const newer = makeExecutionWriter({ ...options, fence: (await take('newer')).fence });
  const refused = await Promise.allSettled([older.write(executionOf('late-1')), older.write(executionOf('late-2'))]);
  assert.deepEqual(
    refused.map(({ status }) => status),
    ['rejected', 'rejected'],
  );
  await assert.rejects(older.write(executionOf('late-3')), { code: 'FENCED' });
  await newer.write(executionOf('after'));
  assert.deepEqual(
    (await world.reconciles()).map(({ id }) => id),
    ['before', 'after'],
  );
  assert.deepEqual(problems.map(codeOf), ['FENCED']);
});

test('execution writer: gives the portfolio up, when a copy of its process stored something else under an id', async () => {
  const problems: string[] = [];
  const { fence } = await take('twin');
  const options = {
    bus: world.bus,
    clock: systemClock,
    // A copy, as of a restored machine, has the key of the original.
    rng: { ...systemRng, bytes: (length: number) => new Uint8Array(length) },
    logger: testLogger(),
    fence,
    onLost: (error: Error) => void problems.push(codeOf(error)),
  };
  await makeExecutionWriter(options).write(executionOf('twice', 1));
  await assert.rejects(makeExecutionWriter(options).write(executionOf('twice', 2)), { code: 'FENCED' });
  assert.deepEqual(problems, ['FENCED']);
});

test('execution writer: stores everything once and in order, when NATS is killed and restarted half-way', async () => {
  const { fence } = await take('patient');
  const writer = makeExecutionWriter({
    bus: world.bus,
    clock: systemClock,
    rng: systemRng,
    logger: testLogger(),
    fence,
    streamReplicas: 1,
    onLost: (error) => assert.fail(error),
  });
  const ids = Array.from({ length: 300 }, (_each, index) => `storm-${index}`);
  const written = ids.map((id) => writer.write(executionOf(id)));
  await world.nats.restart();
  await Promise.all(written);
  const stored = (await world.reconciles()).map(({ id }) => id).filter((id) => id.startsWith('storm-'));
  assert.deepEqual(stored, ids);
});

test('exec: ends with FENCED and its order unsent, when another instance wrote an epoch behind its back', async () => {
  const exec = await startExecProcess(world.nats);
  processes.push(exec);
  await eventually('ready', async () => (await exec.ready()).status === 200, 30_000);
  await world.publishMarket(quoteFixture('q', '600', '601'));
  // Like an instance that could not ask, because the network was split.
  const subject = subjects.epoch(PORTFOLIO);
  const last = await world.bus.last('EXECUTIONS', subject);
  const epoch = {
    ...(JSON.parse(new TextDecoder().decode(last?.payload)) as { readonly epoch: number }),
    id: 'usurper',
    instance: 'usurper',
  };
  await world.bus.publish(subject, encodeEvent({ ...epoch, epoch: epoch.epoch + 1 }), { messageId: 'usurper' });
  await world.publishIntent(intentFixture('contested', {}, Date.now()));
  assert.equal(await exec.exited, 1);
  assert.match(exec.output(), /FENCED/);
  assert.deepEqual(await world.orderEvents(), []);
  assert.deepEqual(await world.fills(), []);

  const heir = await startExecProcess(world.nats);
  processes.push(heir);
  await eventually(
    'the heir makes one order of it',
    async () => (await world.orderEvents()).some(({ status }) => status === 'ACCEPTED' || status === 'DENIED'),
    60_000,
  );
  assert.equal((await world.orderEvents()).filter(({ ordinal }) => ordinal === 0).length, 1);
});
