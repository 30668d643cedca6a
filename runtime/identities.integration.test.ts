/** The permission matrix held against a real server: every identity tries every cell, and does its own work through the adapters. */
import { ACCOUNT_HASH, subjectInAccount } from '@flotilla/contracts/access/core-account.ts';
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import {
  agentConsumer,
  auditConsumer,
  BUCKETS,
  type BucketName,
  type Delivery,
  execConsumer,
  FlotillaError,
  IDENTITY_NAMES,
  type IdentityName,
  keys,
  normaliserConsumer,
  STREAMS,
  type StreamName,
  subjects,
} from '@flotilla/contracts';
import { errors, type NatsConnection } from '@nats-io/nats-core';
import type { NatsBus } from './bus/connect-bus.ts';
import { openBucket } from './key-value.ts';
import { deleteConsumer, ensureConsumer } from './provision/ensure-consumer.ts';
import { ensureBucket, ensureStream } from './provision/ensure-stream.ts';
import { openRawConnection } from './testing/open-raw-connection.ts';
import { eventually } from './testing/eventually.ts';
import { type NatsServer, startNatsServer } from './testing/nats-server.ts';
import { openIdentityBus } from './testing/open-test-bus.ts';

type Row = readonly [subject: string, allowed: readonly IdentityName[]];

const READERS = ['agents', 'exec', 'audit', 'cli'] as const;

/** Written by hand, not derived: this is the second opinion. */
const PUBLISH: readonly Row[] = [
  ['signals.raw.tv', ['gateway']],
  ['signals.normalized.paper.BTC-USD', ['gateway']],
  ['decisions.proposal.main.momentum', ['agents']],
  ['decisions.order_intent.main.momentum', ['agents']],
  ['executions.order.main.momentum', ['exec']],
  ['executions.fill.main.momentum', ['exec']],
  ['executions.reconcile.main', ['exec']],
  ['executions.epoch.main', ['exec']],
  ['audit.event.main', ['operator']],
  ['poison.SIGNALS.gateway-normaliser', ['gateway']],
  ['poison.SIGNALS.agent-main_momentum', ['agents']],
  ['poison.SIGNALS.audit', ['audit']],
  ['poison.DECISIONS.gateway-normaliser', ['gateway', 'exec']],
  ['poison.DECISIONS.exec-main', ['exec']],
  ['poison.DECISIONS.audit', ['audit']],
  ['poison.EXECUTIONS.audit', ['audit']],
  ['$JS.API.STREAM.CREATE.SIGNALS', ['operator']],
  ['$JS.API.STREAM.UPDATE.SIGNALS', ['operator']],
  ['$JS.API.STREAM.INFO.SIGNALS', ['operator']],
  ['$JS.API.STREAM.CREATE.KV_CONTROL', ['operator']],
  ['$JS.API.STREAM.CREATE.OTHER', []],
  ['$JS.API.STREAM.NAMES', []],
  ['$JS.API.STREAM.DELETE.SIGNALS', []],
  ['$JS.API.STREAM.PURGE.SIGNALS', []],
  ['$JS.API.STREAM.PURGE.KV_CONTROL', []],
  ['$JS.API.STREAM.MSG.DELETE.SIGNALS', []],
  ['$JS.API.STREAM.MSG.GET.SIGNALS', []],
  ['$JS.API.STREAM.MSG.GET.EXECUTIONS', ['exec']],
  ['$JS.API.STREAM.MSG.GET.KV_CONTROL', ['operator', 'exec']],
  ['$JS.API.STREAM.MSG.GET.KV_CONFIG', ['operator', 'exec']],
  ['$JS.API.STREAM.MSG.GET.KV_STATUS', []],
  ['$JS.API.STREAM.SNAPSHOT.SIGNALS', []],
  ['$JS.API.STREAM.RESTORE.SIGNALS', []],
  ['$JS.API.CONSUMER.CREATE.SIGNALS.new', ['operator']],
  ['$JS.API.CONSUMER.CREATE.SIGNALS', []],
  ['$JS.API.CONSUMER.DURABLE.CREATE.SIGNALS.new', []],
  ['$JS.API.CONSUMER.DELETE.SIGNALS.nobody', ['operator']],
  ['$JS.API.CONSUMER.INFO.SIGNALS.gateway-normaliser', ['operator', 'gateway']],
  ['$JS.API.CONSUMER.INFO.SIGNALS.agent-main_momentum', ['operator', 'agents']],
  ['$JS.API.CONSUMER.RESET.SIGNALS.gateway-normaliser', []],
  ['$JS.API.CONSUMER.RESET.SIGNALS.agent-main_momentum', ['agents']],
  ['$JS.API.CONSUMER.RESET.DECISIONS.exec-main', ['exec']],
  ['$JS.API.CONSUMER.RESET.DECISIONS.audit', ['audit']],
  ['$JS.API.CONSUMER.MSG.NEXT.SIGNALS.gateway-normaliser', ['gateway']],
  ['$JS.API.CONSUMER.MSG.NEXT.SIGNALS.agent-main_momentum', ['agents']],
  ['$JS.API.CONSUMER.MSG.NEXT.SIGNALS.audit', ['audit']],
  ['$JS.API.CONSUMER.MSG.NEXT.DECISIONS.exec-main', ['exec']],
  ['$JS.API.CONSUMER.MSG.NEXT.EXECUTIONS.audit', ['audit']],
  ['$JS.ACK.SIGNALS.gateway-normaliser.1.1.1.1.0', ['gateway']],
  ['$JS.ACK.SIGNALS.agent-main_momentum.1.1.1.1.0', ['agents']],
  ['$JS.ACK.DECISIONS.exec-main.1.1.1.1.0', ['exec']],
  ['$JS.ACK.DECISIONS.audit.1.1.1.1.0', ['audit']],
  [`$JS.ACK._.${ACCOUNT_HASH}.DECISIONS.exec-main.1.1.1.1.0.x`, ['exec']],
  [`$JS.ACK._.${ACCOUNT_HASH}.SIGNALS.gateway-normaliser.1.1.1.1.0.x`, ['gateway']],
  ['$JS.ACK._.another.DECISIONS.exec-main.1.1.1.1.0.x', []],
  // The short form of another stream's acknowledgement, dressed as the long form of one's own.
  ['$JS.ACK.DECISIONS.audit.SIGNALS.gateway-normaliser.1.1.1', ['audit']],
  ['$JS.ACK.DECISIONS.audit.SIGNALS.agent-main_momentum.1.1.1', ['audit']],
  ['$JS.ACK.DECISIONS.other-main.1', ['exec']],
  ['$JS.ACK.DECISIONS', []],
  ['$JS.API.DIRECT.GET.SIGNALS', ['gateway', ...READERS]],
  ['$JS.API.DIRECT.GET.DECISIONS', READERS],
  ['$JS.API.DIRECT.GET.EXECUTIONS', READERS],
  ['$JS.API.DIRECT.GET.AUDIT', ['audit', 'cli']],
  ['$JS.API.DIRECT.GET.POISON', ['audit', 'cli']],
  ['$JS.API.DIRECT.GET.KV_CONTROL', []],
  ['$JS.API.DIRECT.GET.KV_STATUS', ['operator']],
  ['$JS.API.DIRECT.GET.KV_STATUS', ['operator']],
  ['$JS.API.DIRECT.GET.KV_CONTROL.$KV.CONTROL.halt.main', ['operator', 'exec', 'cli']],
  ['$JS.API.DIRECT.GET.KV_CONFIG.$KV.CONFIG.exec.main', ['operator', 'exec', 'cli']],
  ['$JS.API.DIRECT.GET.KV_STATUS.$KV.STATUS.agent.main.momentum', ['operator', 'agents', 'cli']],
  ['$KV.CONFIG.exec.main', ['operator']],
  ['$KV.CONTROL.halt.main', ['operator']],
  ['$KV.STATUS.exec.main', ['exec']],
  ['$KV.STATUS.audit', []],
  ['$KV.STATUS.audit.checkpoint', ['audit']],
  ['$KV.STATUS.agent.main.momentum', ['agents']],
  ['control.exec_alive.main', ['operator', 'exec']],
  ['query.exec.main', ['operator', 'cli']],
  ['control.replay.feed', ['cli']],
  ['_INBOX_exec.x.y', []],
  ['_INBOX_operator.x.y', []],
  ['_INBOX.x', []],
  ['$SYS.REQ.SERVER.PING', []],
  ['anything.else', []],
];

const SUBSCRIBE: readonly Row[] = [
  ...IDENTITY_NAMES.map((name): Row => [`_INBOX_${name}.x.>`, [name]]),
  ['_INBOX.>', []],
  ['>', []],
  ['*.*.*', []],
  ['signals.>', []],
  ['signals.normalized.*.*', []],
  ['push.signals.normalized.*.*', ['exec']],
  ['decisions.>', []],
  ['executions.>', []],
  ['push.>', []],
  ['push.executions.order.*.*', ['agents']],
  ['push.executions.fill.main.momentum', ['agents']],
  ['push.executions.reconcile.*', []],
  ['push.executions.epoch.*', []],
  ['push.$KV.CONFIG.exec.*', ['operator', 'exec']],
  ['push.$KV.CONTROL.halt.*', ['operator', 'exec', 'cli']],
  ['push.$KV.CONTROL.>', ['operator', 'cli']],
  ['push.$KV.STATUS.>', ['operator', 'cli']],
  ['$KV.CONTROL.>', []],
  ['control.exec_alive.*', ['exec']],
  ['query.exec.*', ['exec']],
  ['control.replay.*', ['gateway']],
  ['$JS.ACK.>', []],
  ['$JS.API.>', []],
  ['JSAPI.>', []],
  ['$JS.EVENT.>', []],
  ['$SYS.>', []],
];

const encode = (text: string) => new TextEncoder().encode(text);

let server: NatsServer;
const buses = new Map<IdentityName, NatsBus>();
const bus = (name: IdentityName): NatsBus => {
  const found = buses.get(name);
  assert.ok(found !== undefined);
  return found;
};

before(async () => {
  server = await startNatsServer();
  for (const name of IDENTITY_NAMES) buses.set(name, await openIdentityBus(server.url, name));
  for (const name of Object.keys(STREAMS) as StreamName[]) {
    await ensureStream(bus('operator'), STREAMS[name], { replicas: 1 });
    await ensureConsumer(bus('operator'), auditConsumer(name));
  }
  for (const name of Object.keys(BUCKETS) as BucketName[]) await ensureBucket(bus('operator'), name, { replicas: 1 });
  await ensureConsumer(bus('operator'), normaliserConsumer());
  await ensureConsumer(bus('operator'), agentConsumer('main', 'momentum', ['BTC-USD']));
  await ensureConsumer(bus('operator'), execConsumer('main'));
});
after(async () => {
  for (const each of buses.values()) await each.close();
  await server.stop();
});

describe('the work of each identity', () => {
  const put = (name: IdentityName, subject: string) => bus(name).publish(subject, encode(subject), { messageId: `${name} ${subject}` });
  const takeOne = async (name: IdentityName, stream: string, consumer: string, resume: 'none' | 'ackFloor'): Promise<Delivery> => {
    const consumption = await bus(name).consume(stream, consumer, { maxInFlight: 1, resume });
    for await (const delivery of consumption) {
      await delivery.ack();
      await consumption.stop();
      return delivery;
    }
    throw new Error('expected a delivery');
  };

  test('gateway: publishes signals and consumes the raw ones, when given its own rights only', async () => {
    await put('gateway', 'signals.raw.tv');
    await put('gateway', 'signals.normalized.paper.BTC-USD');
    assert.equal((await takeOne('gateway', 'SIGNALS', 'gateway-normaliser', 'none')).subject, 'signals.raw.tv');
  });

  test('agents: consume signals, read, decide and report, when given their own rights only', async () => {
    await put('gateway', 'signals.normalized.paper.BTC-USD');
    const delivery = await takeOne('agents', 'SIGNALS', agentConsumer('main', 'momentum', []).name, 'ackFloor');
    assert.equal(delivery.subject, 'signals.normalized.paper.BTC-USD');
    await put('agents', 'decisions.proposal.main.momentum');
    await put('agents', 'decisions.order_intent.main.momentum');
    let count = 0;
    for await (const message of bus('agents').read('SIGNALS', { subject: 'signals.normalized.*.BTC-USD', fromSequence: 1 })) {
      count += message.sequence > 0 ? 1 : 0;
    }
    assert.equal(count, 1);
    const status = openBucket(bus('agents'), 'STATUS');
    await status.put(keys.agentStatus('main', 'momentum'), encode('{}'));
    assert.equal((await status.get(keys.agentStatus('main', 'momentum')))?.key, keys.agentStatus('main', 'momentum'));
  });

  test('exec: consumes intents, watches its halt and configuration, writes executions and answers, when given its own rights only', async () => {
    await put('agents', 'decisions.order_intent.main.momentum');
    const delivery = await takeOne('exec', 'DECISIONS', 'exec-main', 'ackFloor');
    assert.equal(delivery.subject, 'decisions.order_intent.main.momentum');
    const epoch = await put('exec', 'executions.epoch.main');
    await bus('exec').publish('executions.fill.main.momentum', encode('x'), {
      messageId: 'fill',
      expectedLastSubjectSequence: { subject: 'executions.epoch.main', sequence: epoch.sequence },
    });
    assert.equal((await bus('exec').lastPerSubject('SIGNALS', 'signals.normalized.*.BTC-USD')).length, 1);
    const seen: string[] = [];
    assert.equal((await bus('exec').at('EXECUTIONS', epoch.sequence))?.subject, 'executions.epoch.main');
    const watch = await openBucket(bus('exec'), 'CONTROL', { servedBy: 'LEADER' }).watch(keys.halt('main'), (entry) =>
      seen.push(new TextDecoder().decode(entry.value)),
    );
    await openBucket(bus('operator'), 'CONTROL').put(keys.halt('main'), encode('halt'));
    await eventually('exec sees the halt', () => seen.includes('halt'));
    watch.unsubscribe();
    await openBucket(bus('exec'), 'STATUS').put(keys.execStatus('main'), encode('{}'));
    const answering = bus('exec').respond(subjects.execSnapshot('main'), async () => encode('snapshot'));
    const answer = await eventually('exec answers', () => bus('cli').request(subjects.execSnapshot('main'), encode(''), 2_000));
    assert.equal(new TextDecoder().decode(answer), 'snapshot');
    answering.unsubscribe();
  });

  test('audit: consumes every stream, when given its own rights only', async () => {
    await put('exec', 'executions.reconcile.main');
    await put('operator', 'audit.event.main');
    for (const stream of ['SIGNALS', 'DECISIONS', 'EXECUTIONS', 'AUDIT']) {
      assert.equal((await takeOne('audit', stream, 'audit', 'ackFloor')).stream, stream);
    }
  });

  test('cli: asks the gateway for a replay and reads streams, when given its own rights only', async () => {
    const answering = bus('gateway').respond(subjects.replay('feed'), async () => encode('started'));
    const answer = await eventually('the gateway answers', () => bus('cli').request(subjects.replay('feed'), encode(''), 2_000));
    assert.equal(new TextDecoder().decode(answer), 'started');
    answering.unsubscribe();
    assert.ok((await bus('cli').last('SIGNALS', 'signals.raw.tv')) !== undefined);
  });

  test('exec: cannot wipe a bucket or a stream by a rollup header, when it may write one key of it', async () => {
    const status = openBucket(bus('exec'), 'STATUS');
    await status.put('exec.first', encode('kept'));
    for (const rollup of ['all', 'sub']) {
      for (const subject of ['$KV.STATUS.exec.second', 'executions.reconcile.main']) {
        await assert.rejects(
          bus('exec').publish(subject, encode('x'), { messageId: '', headers: { 'Nats-Rollup': rollup } }),
          (error) => error instanceof FlotillaError && error.code === 'BUS_REFUSED',
        );
      }
    }
    assert.equal(new TextDecoder().decode((await status.get('exec.first'))?.value), 'kept');
  });

  test('operator: updates its streams and consumers, when it provisions again', async () => {
    await ensureStream(bus('operator'), { ...STREAMS.SIGNALS, maxAgeMs: 1_000_000 }, { replicas: 1 });
    await ensureConsumer(bus('operator'), agentConsumer('main', 'momentum', ['BTC-USD', 'ETH-USD']));
    await ensureConsumer(bus('operator'), agentConsumer('main', 'spare', ['BTC-USD']));
    await deleteConsumer(bus('operator'), 'SIGNALS', agentConsumer('main', 'spare', []).name);
    await deleteConsumer(bus('operator'), 'SIGNALS', agentConsumer('main', 'spare', []).name);
  });
});

describe('the rights of each identity', () => {
  for (const name of IDENTITY_NAMES) {
    test(`${name}: is allowed exactly its own cells, when it tries every one`, async () => {
      const connection = await openRawConnection(server.url, name);
      const own = PUBLISH.map(([subject, allowed]): Row => [name === 'operator' ? subject : subjectInAccount(subject), allowed]);
      const refusedPublications = await refused(connection, 'publish', own, (subject) => connection.publish(subject));
      const refusedSubscriptions = await refused(connection, 'subscription', SUBSCRIBE, (subject) => {
        connection.subscribe(subject, { callback: () => undefined });
      });
      await connection.close();
      const expectedOf = (rows: readonly Row[]) => rows.filter(([, allowed]) => !allowed.includes(name)).map(([subject]) => subject);
      assert.deepEqual(refusedPublications, expectedOf(own));
      assert.deepEqual(refusedSubscriptions, expectedOf(SUBSCRIBE));
    });
  }

  /** The subjects that the server refused, in the rows' order: it answers in the order of the tries, and a flush comes after all. */
  async function refused(connection: NatsConnection, operation: string, rows: readonly Row[], attempt: (subject: string) => void) {
    const found = new Set<string>();
    const status = connection.status();
    const listening = (async () => {
      for await (const event of status) {
        if (event.type !== 'error' || !(event.error instanceof errors.PermissionViolationError)) continue;
        if (event.error.subject === 'end.of.tries') break;
        if (event.error.operation === operation) found.add(event.error.subject);
      }
    })();
    for (const [subject] of rows) attempt(subject);
    await connection.flush();
    connection.publish('end.of.tries');
    await listening;
    return rows.map(([subject]) => subject).filter((subject) => found.has(subject));
  }
});
