/** Reads from the leader, against a real server whose direct gets are answered by a stand-in for a replica that lags: it holds nothing yet. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { FlotillaError, STREAMS, type StoredMessage } from '@flotilla/contracts';
import { headers, type MsgHdrs } from '@nats-io/nats-core';
import { openBucket } from '../key-value.ts';
import { ensureBucket, ensureStream } from '../provision/ensure-stream.ts';
import { startLaggingReplica } from '../testing/lagging-replica.ts';
import { type NatsServer, startNatsServer } from '../testing/nats-server.ts';
import { openTestBus } from '../testing/open-test-bus.ts';
import type { NatsBus } from './connect-bus.ts';
import { readAcknowledged } from './read-acknowledged.ts';

const SUBJECT = 'executions.order.main.momentum';
const KEY = 'halt.main';
const encode = (text: string) => new TextEncoder().encode(text);
const decode = (message: Pick<StoredMessage, 'payload'> | undefined) => message && new TextDecoder().decode(message.payload);

let server: NatsServer;
let bus: NatsBus;
let replica: Awaited<ReturnType<typeof startLaggingReplica>>;

before(async () => {
  server = await startNatsServer();
  bus = await openTestBus({ url: server.url });
  await ensureStream(bus, STREAMS.EXECUTIONS, { replicas: 1 });
  await ensureBucket(bus, 'CONTROL', { replicas: 1 });
  replica = await startLaggingReplica(bus, server.url, ['EXECUTIONS', 'KV_CONTROL']);
});
after(async () => {
  await replica.close();
  await bus.close();
  await server.stop();
});

function storedHeaders(subject: string, sequence: number): MsgHdrs {
  const result = headers();
  result.set('Nats-Subject', subject);
  result.set('Nats-Sequence', String(sequence));
  result.set('Nats-Time-Stamp', '2026-11-21T12:00:00Z');
  return result;
}

async function collect(messages: AsyncIterable<StoredMessage>): Promise<readonly (string | undefined)[]> {
  const found: (string | undefined)[] = [];
  for await (const message of messages) found.push(decode(message));
  return found;
}

test('read from the leader: misses nothing up to the sequence asked for, when the replica that answers lags', async () => {
  for (const text of ['a', 'b']) await bus.publish(SUBJECT, encode(text), { messageId: text });
  const fence = await bus.publish('executions.epoch.main', encode('epoch'), { messageId: 'epoch' });
  await bus.publish(SUBJECT, encode('behind'), { messageId: 'behind' });
  const range = { subject: 'executions.*.main.*', fromSequence: 1, throughSequence: fence.sequence };
  assert.deepEqual(await collect(bus.read('EXECUTIONS', range)), [], 'the stand-in lags');
  assert.deepEqual(await collect(bus.read('EXECUTIONS', { ...range, servedBy: 'LEADER' })), ['a', 'b']);
});

test('read from the leader: rejects with BUS_UNAVAILABLE, when the leader has not reached the sequence asked for', async () => {
  const range = { subject: 'executions.*.main.*', fromSequence: 1, throughSequence: 1_000, servedBy: 'LEADER' } as const;
  await assert.rejects(
    collect(bus.read('EXECUTIONS', range)),
    (error) => error instanceof FlotillaError && error.code === 'BUS_UNAVAILABLE',
  );
});

test('read from the leader: misses nothing, when the replica of the first batch knows of fewer messages than that of the second', async () => {
  const subject = 'decisions.proposal.main.two-replicas';
  await ensureStream(bus, STREAMS.DECISIONS, { replicas: 1 });
  for (const text of ['1', '2', '3', '4']) await bus.publish(subject, encode(text), { messageId: text });
  // The replica of the first batch gives one message and says that one more follows. The replica of the second batch gives two and has no more.
  const batches = [
    { sequences: [1], pending: 1 },
    { sequences: [2, 3], pending: 0 },
  ];
  const replicas = await startLaggingReplica(bus, server.url, ['DECISIONS'], (request) => {
    for (const sequence of batches[0]?.sequences ?? []) request.respond(String(sequence), { headers: storedHeaders(subject, sequence) });
    const { pending = 0 } = batches.shift() ?? {};
    const end = headers(204, 'EOB');
    end.set('Nats-Num-Pending', String(pending));
    request.respond('', { headers: end });
  });
  try {
    const range = { subject, fromSequence: 1, throughSequence: 4, servedBy: 'LEADER' } as const;
    assert.deepEqual(await collect(bus.read('DECISIONS', range)), ['1', '2', '3', '4']);
  } finally {
    await replicas.close();
  }
});

test('readAcknowledged: gives all messages on a subject with wildcards, and nothing of the others, when the replica that answers lags', async () => {
  for (const text of ['x', 'y']) await bus.publish(`executions.order.main.all-${text}`, encode(text), { messageId: `all-${text}` });
  await bus.publish('executions.order.other.late', encode('other'), { messageId: 'other' });
  const found = await collect(readAcknowledged(bus, 'EXECUTIONS', { subject: 'executions.*.main.*', fromSequence: 1 }));
  assert.deepEqual(found.slice(-2), ['x', 'y']);
  assert.deepEqual(await collect(readAcknowledged(bus, 'EXECUTIONS', { subject: 'executions.fill.none.*', fromSequence: 1 })), []);
});

test('last and at: give the message with its headers and time, when asked of the leader', async () => {
  const ack = await bus.publish(SUBJECT, encode('c'), { messageId: 'c', headers: { traceparent: '00-abc:1' } });
  const last = await bus.last('EXECUTIONS', SUBJECT, 'LEADER');
  assert.deepEqual(
    [decode(last), last?.sequence, last?.headers['traceparent'], last?.stream],
    ['c', ack.sequence, '00-abc:1', 'EXECUTIONS'],
  );
  assert.ok(Math.abs((last?.storedAtMs ?? 0) - Date.now()) < 60_000);
  assert.deepEqual(await bus.at('EXECUTIONS', ack.sequence), last);
  assert.equal(await bus.at('EXECUTIONS', 1_000), undefined);
  assert.equal(await bus.last('EXECUTIONS', 'executions.epoch.none', 'LEADER'), undefined);
  await assert.rejects(bus.at('NOWHERE', 1), (error) => error instanceof FlotillaError && error.code === 'BUS_NOT_PROVISIONED');
});

test('bucket of the leader: calls onLook with every result, also for a deleted key and a bucket that was created again', async () => {
  const bucket = openBucket(bus, 'CONTROL', { servedBy: 'LEADER' });
  const entries: string[] = [];
  let found: string | undefined;
  for (const text of ['1', '2']) await bucket.put(KEY, encode(text));
  const watch = await bucket.watch(KEY, (entry) => void entries.push(decode({ payload: entry.value }) ?? ''), {
    onLook: (_begunMs, entry) => (found = entry === undefined ? 'nothing' : decode({ payload: entry.value })),
  });
  assert.deepEqual([entries, found], [['2'], '2']);
  await bus.publish(`$KV.CONTROL.${KEY}`, new Uint8Array(), { messageId: '', headers: { 'KV-Operation': 'DEL' } });
  await watch.look();
  await watch.look();
  assert.equal(found, 'nothing');
  await bus.callApi('STREAM.DELETE.KV_CONTROL');
  await ensureBucket(bus, 'CONTROL', { replicas: 1 });
  await bucket.put(KEY, encode('anew'));
  await watch.look();
  await watch.look();
  assert.equal(found, 'anew');
  assert.equal(entries.at(-1), 'anew');
  watch.unsubscribe();
});
