/**
 * A stream remembers the message ids of all its writers. Another principal uses an id first, on a real server and from an account of its own; the
 * message of the rightful writer is stored all the same.
 */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { execConsumer, sha256, STREAMS, type StreamName, subjects } from '@flotilla/contracts';
import { quarantinedSubject } from '@flotilla/contracts/access/core-account.ts';
import { principalName } from '@flotilla/contracts/access/principal.ts';
import { consumerToken } from '@flotilla/contracts/bus/poison-token.ts';
import { envelopeOf } from '@flotilla/exec/engine/execution-events.ts';
import { makeExecutionWriter } from '@flotilla/exec/service/execution-writer.ts';
import type { Execution } from '@flotilla/exec/service/store-execution.ts';
import { takeOver } from '@flotilla/exec/service/take-over.ts';
import { orderEventFixture } from '@flotilla/exec/testing/order-events.ts';
import { makeMetrics, systemClock, systemRng } from '@flotilla/runtime';
import type { NatsBus } from '@flotilla/runtime/bus/connect-bus.ts';
import { startConsumer } from '@flotilla/runtime/consume/start-consumer.ts';
import { ensureConsumer } from '@flotilla/runtime/provision/ensure-consumer.ts';
import { ensureStream } from '@flotilla/runtime/provision/ensure-stream.ts';
import { eventually } from '@flotilla/runtime/testing/eventually.ts';
import { type NatsServer, startNatsServer } from '@flotilla/runtime/testing/nats-server.ts';
import { openIdentityBus, openTestBus, testLogger } from '@flotilla/runtime/testing/open-test-bus.ts';
import { noTracing } from '@flotilla/runtime/trace/tracing.ts';

const EXEC = { role: 'Exec', portfolio: 'main' } as const;
const OTHER_EXEC = { role: 'Exec', portfolio: 'other' } as const;
const AGENT = { role: 'SignalAgent', portfolio: 'main', strategy: 'a' } as const;

let server: NatsServer;
let admin: NatsBus;
let exec: NatsBus;
let otherExec: NatsBus;
let agent: NatsBus;

before(async () => {
  server = await startNatsServer();
  admin = await openTestBus(server);
  for (const name of Object.keys(STREAMS) as StreamName[]) await ensureStream(admin, STREAMS[name], { replicas: 1 });
  await ensureConsumer(admin, execConsumer('main'));
  exec = await openIdentityBus(server, EXEC);
  otherExec = await openIdentityBus(server, OTHER_EXEC);
  agent = await openIdentityBus(server, AGENT);
});
after(async () => {
  for (const bus of [agent, otherExec, exec, admin]) await bus.close();
  await server.stop();
});

test('EXECUTIONS: events are stored in their order, although the exec of another portfolio has used their ids first', async () => {
  const written = [answerOf('first'), executionOf('second'), executionOf('third')];
  for (const { event } of written.slice(0, 2))
    await otherExec.publish(subjects.reconcile('other'), Buffer.from('{}'), { messageId: event.id });
  const losses: Error[] = [];
  const ownership = await takeOver({
    bus: exec,
    clock: systemClock,
    rng: systemRng,
    logger: testLogger(),
    portfolio: 'main',
    instance: 'test',
    revision: 'test',
    signal: new AbortController().signal,
    lastEpoch: () => Promise.resolve(0),
    onProblem: () => undefined,
  });
  assert.ok(ownership !== undefined);
  const writer = makeExecutionWriter({
    bus: exec,
    clock: systemClock,
    rng: systemRng,
    logger: testLogger(),
    fence: ownership.fence,
    onLost: (error) => losses.push(error),
  });
  const [answer, ...others] = written;
  await writer.write(answer ?? assert.fail());
  await Promise.all(others.map((each) => writer.write(each)));
  assert.deepEqual(losses, []);
  const wanted = written.map(({ event }) => event.id);
  assert.deepEqual(
    (await idsOn('EXECUTIONS', 'executions.*.main.>')).concat(await idsOn('EXECUTIONS', subjects.reconcile('main'))),
    wanted,
  );
});

test('EXECUTIONS: an event that the writer writes twice is stored once', async () => {
  const written = [answerOf('twice'), executionOf('twice')];
  const last = await exec.last('EXECUTIONS', subjects.epoch('main'), 'LEADER');
  const fence = { subject: subjects.epoch('main'), sequence: last?.sequence ?? 0 };
  const writer = makeExecutionWriter({
    bus: exec,
    clock: systemClock,
    rng: systemRng,
    logger: testLogger(),
    fence,
    onLost: (error) => assert.fail(error),
  });
  await otherExec.publish(subjects.reconcile('other'), Buffer.from('{}'), { messageId: written[0]?.event.id ?? '' });
  for (const each of [...written, ...written]) await writer.write(each);
  for (const { subject, event } of written) assert.equal((await idsOn('EXECUTIONS', subject)).filter((id) => id === event.id).length, 1);
});

test('POISON: the record of a consumer is stored, although another principal has used its id first', async () => {
  const { sequence } = await agent.publish(subjects.orderIntent('main', 'a'), Buffer.from('no intent'), { messageId: '' });
  const stored = await agent.at('DECISIONS', sequence);
  const { name } = execConsumer('main');
  const guessed = sha256(`poison DECISIONS ${name} ${sequence} ${stored?.storedAtMs}`);
  const own = subjects.poison('SIGNALS', consumerToken(`agent-main_a`));
  assert.equal((await agent.publish(own, Buffer.from('{}'), { messageId: guessed })).duplicate, false);
  await using started = new AsyncDisposableStack();
  const running = await startConsumer({
    bus: exec,
    clock: systemClock,
    rng: systemRng,
    logger: testLogger(),
    metrics: makeMetrics('test'),
    tracing: noTracing,
    service: 'exec',
    revision: 'test',
    stream: 'DECISIONS',
    consumer: name,
    type: 'decisions.order_intent',
    maxInFlight: 1,
    ordering: 'strict',
    handle: () => Promise.resolve([]),
  });
  started.defer(() => running.stop());
  await eventually('the record of exec is in POISON', async () => {
    assert.deepEqual(await idsOn('POISON', subjects.poison('DECISIONS', consumerToken(name))), [guessed]);
    return true;
  });
});

test('QUARANTINE: an attempt is kept, although the principal names it like an earlier attempt', async () => {
  const subject = 'audit.event.main';
  const kept = quarantinedSubject(principalName(AGENT), subject);
  await eventually('the second attempt is kept', async () => {
    await agent.publish(subject, Buffer.from('forged'), { messageId: 'again' });
    return (await messagesOn('QUARANTINE', kept)).length >= 2;
  });
});

function executionOf(name: string): Execution {
  const id = sha256(name);
  const event = {
    ...envelopeOf({ portfolio: 'main', epoch: 1, revision: 'test' }, id, id, undefined, systemClock.nowMs()),
    portfolio: 'main',
    epoch: 1,
    result: 'MATCHED',
    ordersCompared: 0,
    positionsCompared: 0,
    differences: [],
  };
  return { type: 'executions.reconcile', subject: subjects.reconcile('main'), event, traceparent: undefined };
}

function answerOf(name: string): Execution {
  const event = orderEventFixture({ id: sha256(`answer ${name}`), portfolio: 'main', strategy: 'a' });
  return { type: 'executions.order', subject: subjects.order('main', 'a'), event, traceparent: undefined };
}

async function messagesOn(stream: StreamName, subject: string): Promise<readonly string[]> {
  const found: string[] = [];
  for await (const { payload } of admin.read(stream, { subject, fromSequence: 1 })) found.push(Buffer.from(payload).toString('utf8'));
  return found;
}

async function idsOn(stream: StreamName, subject: string): Promise<readonly string[]> {
  return (await messagesOn(stream, subject)).map((text) => (JSON.parse(text) as { readonly id: string }).id);
}
