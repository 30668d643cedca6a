/** The permission matrix held against a real server: every principal tries every cell, and does its own work through the adapters. */
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
  keys,
  normaliserConsumer,
  STREAMS,
  type StreamName,
  subjects,
} from '@flotilla/contracts';
import { ACCOUNT_API_PREFIX, accountHash, subjectInAccount } from '@flotilla/contracts/access/core-account.ts';
import { errors, type NatsConnection } from '@nats-io/nats-core';
import { principalName } from '@flotilla/contracts/access/principal.ts';
import type { NatsBus } from './bus/connect-bus.ts';
import { readAcknowledged } from './bus/read-acknowledged.ts';
import { openBucket } from './key-value.ts';
import { deleteConsumer, ensureConsumer } from './provision/ensure-consumer.ts';
import { ensureBucket, ensureStream } from './provision/ensure-stream.ts';
import type { TestPrincipal } from './testing/bus-identity.ts';
import { eventually } from './testing/eventually.ts';
import { type NatsServer, startNatsServer } from './testing/nats-server.ts';
import { openRawConnection } from './testing/open-raw-connection.ts';
import { openIdentityBus } from './testing/open-test-bus.ts';

/** Two agents and two execs, because the wall between them is what the accounts give. */
const PRINCIPALS = {
  operator: 'operator',
  gateway: { role: 'Gateway' },
  normaliser: { role: 'Normaliser' },
  momentum: { role: 'SignalAgent', portfolio: 'main', strategy: 'momentum' },
  reversion: { role: 'SignalAgent', portfolio: 'main', strategy: 'reversion' },
  exec: { role: 'Exec', portfolio: 'main' },
  otherExec: { role: 'Exec', portfolio: 'other' },
  audit: { role: 'AuditWriter' },
  reader: { role: 'Reader' },
} as const satisfies Readonly<Record<string, TestPrincipal>>;
type Name = keyof typeof PRINCIPALS;
const NAMES = Object.keys(PRINCIPALS) as readonly Name[];

type Row = readonly [subject: string, allowed: readonly Name[]];

/** Subjects whose publications are kept as evidence, by hand like the tables below. */
const KEPT_OF_ALL = ['$KV.CONFIG.', '$KV.CONTROL.', '$KV.PRINCIPALS.', 'audit.'] as const;
const KEPT: Readonly<Record<Exclude<Name, 'operator'>, readonly string[]>> = {
  gateway: [...KEPT_OF_ALL, 'signals.normalized.', 'decisions.', 'executions.'],
  normaliser: [...KEPT_OF_ALL, 'signals.raw.', 'decisions.', 'executions.'],
  momentum: [...KEPT_OF_ALL, 'signals.', 'executions.'],
  reversion: [...KEPT_OF_ALL, 'signals.', 'executions.'],
  exec: [...KEPT_OF_ALL, 'signals.', 'decisions.'],
  otherExec: [...KEPT_OF_ALL, 'signals.', 'decisions.'],
  audit: [...KEPT_OF_ALL, 'signals.', 'decisions.', 'executions.'],
  reader: [...KEPT_OF_ALL, 'signals.', 'decisions.', 'executions.'],
};

const AGENTS = ['momentum', 'reversion'] as const;
const EXECS = ['exec', 'otherExec'] as const;
const READERS = [...AGENTS, ...EXECS, 'audit', 'reader'] as const;
/** Stands for the core account's part of a long acknowledgement subject, which each server has its own of. */
const HASH = 'HASH';

/** Written by hand, not derived: this is the second opinion. */
const PUBLISH: readonly Row[] = [
  ['signals.raw.tv', ['gateway']],
  ['signals.normalized.paper.BTC-USD', ['normaliser']],
  ['decisions.proposal.main.momentum', ['momentum']],
  ['decisions.order_intent.main.momentum', ['momentum']],
  ['decisions.proposal.main.reversion', ['reversion']],
  ['decisions.order_intent.main.reversion', ['reversion']],
  ['decisions.order_intent.other.momentum', []],
  ['decisions.order_intent.main', []],
  ['decisions.order_intent.main.momentum.more', []],
  ['executions.order.main.momentum', ['exec']],
  ['executions.fill.main.momentum', ['exec']],
  ['executions.fill.main.reversion', ['exec']],
  ['executions.reconcile.main', ['exec']],
  ['executions.epoch.main', ['exec']],
  ['executions.order.other.momentum', ['otherExec']],
  ['executions.fill.other.momentum', ['otherExec']],
  ['executions.reconcile.other', ['otherExec']],
  ['executions.epoch.other', ['otherExec']],
  ['executions.order.third.momentum', []],
  ['audit.event.main', ['operator']],
  ['poison.SIGNALS.gateway-normaliser', ['normaliser']],
  ['poison.SIGNALS.agent-main_momentum', ['momentum']],
  ['poison.SIGNALS.agent-main_reversion', ['reversion']],
  ['poison.SIGNALS.audit', ['audit']],
  ['poison.DECISIONS.gateway-normaliser', ['normaliser']],
  ['poison.DECISIONS.exec-main', ['exec']],
  ['poison.DECISIONS.exec-other', ['otherExec']],
  ['poison.DECISIONS.audit', ['audit']],
  ['poison.EXECUTIONS.audit', ['audit']],
  ['quarantine.agent-main_momentum.decisions', []],
  ['$JS.API.STREAM.CREATE.SIGNALS', ['operator']],
  ['$JS.API.STREAM.UPDATE.SIGNALS', ['operator']],
  ['$JS.API.STREAM.INFO.SIGNALS', ['operator']],
  ['$JS.API.STREAM.CREATE.KV_CONTROL', ['operator']],
  ['$JS.API.STREAM.CREATE.KV_PRINCIPALS', ['operator']],
  ['$JS.API.STREAM.CREATE.OTHER', []],
  ['$JS.API.STREAM.NAMES', []],
  ['$JS.API.STREAM.DELETE.SIGNALS', []],
  ['$JS.API.STREAM.PURGE.SIGNALS', []],
  ['$JS.API.STREAM.PURGE.KV_CONTROL', []],
  ['$JS.API.STREAM.MSG.DELETE.SIGNALS', []],
  ['$JS.API.STREAM.MSG.GET.SIGNALS', ['gateway', ...AGENTS, 'audit']],
  ['$JS.API.STREAM.MSG.GET.DECISIONS', ['operator', ...AGENTS, 'audit']],
  ['$JS.API.STREAM.MSG.GET.EXECUTIONS', [...AGENTS, ...EXECS, 'audit']],
  ['$JS.API.STREAM.MSG.GET.AUDIT', ['audit']],
  ['$JS.API.STREAM.MSG.GET.KV_CHECKPOINTS', []],
  ['$JS.API.STREAM.MSG.GET.KV_CONTROL', ['operator', ...EXECS]],
  ['$JS.API.STREAM.MSG.GET.KV_CONFIG', ['operator', ...EXECS]],
  ['$JS.API.STREAM.MSG.GET.KV_STATUS', []],
  ['$JS.API.STREAM.MSG.GET.KV_PRINCIPALS', ['operator']],
  ['$JS.API.STREAM.SNAPSHOT.SIGNALS', []],
  ['$JS.API.STREAM.RESTORE.SIGNALS', []],
  ['$JS.API.CONSUMER.CREATE.SIGNALS.new', ['operator']],
  ['$JS.API.CONSUMER.CREATE.SIGNALS', []],
  ['$JS.API.CONSUMER.DURABLE.CREATE.SIGNALS.new', []],
  ['$JS.API.CONSUMER.DELETE.SIGNALS.nobody', ['operator']],
  ['$JS.API.CONSUMER.INFO.SIGNALS.gateway-normaliser', ['operator', 'normaliser']],
  ['$JS.API.CONSUMER.INFO.SIGNALS.agent-main_momentum', ['operator', 'momentum']],
  ['$JS.API.CONSUMER.INFO.SIGNALS.agent-main_reversion', ['operator', 'reversion']],
  ['$JS.API.CONSUMER.INFO.DECISIONS.exec-main', ['operator', 'exec']],
  ['$JS.API.CONSUMER.INFO.DECISIONS.exec-other', ['operator', 'otherExec']],
  ['$JS.API.CONSUMER.RESET.SIGNALS.gateway-normaliser', []],
  ['$JS.API.CONSUMER.RESET.SIGNALS.agent-main_momentum', ['momentum']],
  ['$JS.API.CONSUMER.RESET.SIGNALS.agent-main_reversion', ['reversion']],
  ['$JS.API.CONSUMER.RESET.DECISIONS.exec-main', ['exec']],
  ['$JS.API.CONSUMER.RESET.DECISIONS.exec-other', ['otherExec']],
  ['$JS.API.CONSUMER.RESET.DECISIONS.audit', ['audit']],
  ['$JS.API.CONSUMER.MSG.NEXT.SIGNALS.gateway-normaliser', ['normaliser']],
  ['$JS.API.CONSUMER.MSG.NEXT.SIGNALS.agent-main_momentum', ['momentum']],
  ['$JS.API.CONSUMER.MSG.NEXT.SIGNALS.agent-main_reversion', ['reversion']],
  ['$JS.API.CONSUMER.MSG.NEXT.SIGNALS.audit', ['audit']],
  ['$JS.API.CONSUMER.MSG.NEXT.DECISIONS.exec-main', ['exec']],
  ['$JS.API.CONSUMER.MSG.NEXT.DECISIONS.exec-other', ['otherExec']],
  ['$JS.API.CONSUMER.MSG.NEXT.EXECUTIONS.audit', ['audit']],
  ['$JS.ACK.SIGNALS.gateway-normaliser.1.1.1.1.0', ['normaliser']],
  ['$JS.ACK.SIGNALS.agent-main_momentum.1.1.1.1.0', ['momentum']],
  ['$JS.ACK.SIGNALS.agent-main_reversion.1.1.1.1.0', ['reversion']],
  ['$JS.ACK.DECISIONS.exec-main.1.1.1.1.0', ['exec']],
  ['$JS.ACK.DECISIONS.exec-other.1.1.1.1.0', ['otherExec']],
  ['$JS.ACK.DECISIONS.audit.1.1.1.1.0', ['audit']],
  [`$JS.ACK._.${HASH}.DECISIONS.exec-main.1.1.1.1.0.x`, ['exec']],
  [`$JS.ACK._.${HASH}.DECISIONS.exec-other.1.1.1.1.0.x`, ['otherExec']],
  [`$JS.ACK._.${HASH}.SIGNALS.gateway-normaliser.1.1.1.1.0.x`, ['normaliser']],
  [`$JS.ACK._.${HASH}.SIGNALS.agent-main_momentum.1.1.1.1.0.x`, ['momentum']],
  [`$JS.ACK._.${HASH}.SIGNALS.agent-main_reversion.1.1.1.1.0.x`, ['reversion']],
  ['$JS.ACK._.another.DECISIONS.exec-main.1.1.1.1.0.x', []],
  // The short form of another stream's acknowledgement, dressed as the long form of one's own.
  ['$JS.ACK.DECISIONS.audit.SIGNALS.gateway-normaliser.1.1.1', ['audit']],
  ['$JS.ACK.DECISIONS.audit.SIGNALS.agent-main_momentum.1.1.1', ['audit']],
  ['$JS.ACK.DECISIONS.exec-third.1', []],
  ['$JS.ACK.DECISIONS', []],
  ['$JS.API.DIRECT.GET.SIGNALS', ['gateway', ...READERS]],
  ['$JS.API.DIRECT.GET.SIGNALS.signals.raw.tv', READERS],
  ['$JS.API.DIRECT.GET.KV_STATUS.$KV.STATUS.gateway.gateway.report', ['operator', 'reader']],
  ['$JS.API.DIRECT.GET.DECISIONS', READERS],
  ['$JS.API.DIRECT.GET.EXECUTIONS', READERS],
  ['$JS.API.DIRECT.GET.AUDIT', ['audit', 'reader']],
  ['$JS.API.DIRECT.GET.POISON', ['audit', 'reader']],
  ['$JS.API.DIRECT.GET.KV_CONTROL', []],
  ['$JS.API.DIRECT.GET.KV_STATUS', ['operator']],
  ['$JS.API.DIRECT.GET.KV_PRINCIPALS', ['operator']],
  ['$JS.API.DIRECT.GET.KV_PRINCIPALS.$KV.PRINCIPALS.token-keys', []],
  ['$JS.API.DIRECT.GET.KV_CONTROL.$KV.CONTROL.halt.main', ['reader']],
  ['$JS.API.DIRECT.GET.KV_CONFIG.$KV.CONFIG.exec.main', ['reader']],
  ['$JS.API.DIRECT.GET.KV_STATUS.$KV.STATUS.agent.main.momentum.report', ['operator', 'momentum', 'reader']],
  ['$JS.API.DIRECT.GET.KV_STATUS.$KV.STATUS.agent.main.reversion.report', ['operator', 'reversion', 'reader']],
  ['$JS.API.DIRECT.GET.KV_STATUS.$KV.STATUS.exec.main.report', ['operator', 'exec', 'reader']],
  ['$JS.API.DIRECT.GET.KV_STATUS.$KV.STATUS.exec.other.report', ['operator', 'otherExec', 'reader']],
  ['$KV.CONFIG.exec.main', ['operator']],
  ['$KV.CONTROL.halt.main', ['operator']],
  ['$KV.PRINCIPALS.token-keys', ['operator']],
  ['$KV.PRINCIPALS.account.trading.evil', ['operator']],
  ['$KV.STATUS.exec.main.report', ['exec']],
  ['$KV.STATUS.exec.other.report', ['otherExec']],
  // A literal key would be an import without a wildcard.
  ['$KV.STATUS.exec.main', []],
  ['$KV.STATUS.audit', []],
  ['$KV.STATUS.audit.checkpoint', ['audit']],
  ['$KV.STATUS.agent.main.momentum.report', ['momentum']],
  ['$KV.CHECKPOINTS.main.momentum.state', ['momentum']],
  ['$KV.CHECKPOINTS.main.reversion.state', ['reversion']],
  ['$JS.API.DIRECT.GET.KV_CHECKPOINTS.$KV.CHECKPOINTS.main.momentum.state', ['momentum']],
  ['$JS.API.DIRECT.GET.KV_CHECKPOINTS', []],
  ['$KV.STATUS.agent.main.reversion.report', ['reversion']],
  ['$KV.STATUS.agent.main.momentum', []],
  ['$KV.STATUS.gateway.gateway.report', ['gateway']],
  ['control.exec_alive.main', ['exec']],
  ['control.exec_alive.other', ['otherExec']],
  ['query.exec.main', ['reader']],
  ['query.exec.other', ['reader']],
  ['control.replay.feed', ['reader']],
  ['push.executions.fill.main.momentum', []],
  ['_INBOX.x', []],
  ['$SYS.REQ.SERVER.PING', []],
  ['$SYS.REQ.CLAIMS.UPDATE', []],
  ['$SYS.REQ.USER.AUTH', []],
  ['anything.else', []],
];

const SUBSCRIBE: readonly Row[] = [
  // An account has one principal, so all inboxes of an account are its own.
  ['_INBOX.>', NAMES],
  ['_INBOX_exec.>', []],
  ['>', []],
  ['*.*.*', []],
  ['signals.>', []],
  ['signals.normalized.*.*', []],
  ['push.signals.normalized.*.*', EXECS],
  ['decisions.>', []],
  ['executions.>', []],
  ['push.>', []],
  ['push.executions.order.*.*', []],
  ['push.executions.order.main.momentum', ['momentum']],
  ['push.executions.fill.main.momentum', ['momentum']],
  ['push.executions.order.main.reversion', ['reversion']],
  ['push.executions.fill.main.reversion', ['reversion']],
  ['push.executions.fill.other.momentum', []],
  ['push.executions.reconcile.*', []],
  ['push.executions.epoch.*', []],
  ['push.$KV.CONFIG.exec.*', ['operator']],
  ['push.$KV.CONFIG.exec.main', ['operator', 'exec']],
  ['push.$KV.CONFIG.exec.other', ['operator', 'otherExec']],
  ['push.$KV.CONTROL.halt.*', ['operator', 'reader']],
  ['push.$KV.CONTROL.halt.main', ['operator', 'exec', 'reader']],
  ['push.$KV.CONTROL.halt.other', ['operator', 'otherExec', 'reader']],
  ['push.$KV.CONTROL.>', ['operator', 'reader']],
  ['push.$KV.STATUS.>', ['operator', 'reader']],
  ['push.$KV.PRINCIPALS.>', []],
  ['$KV.CONTROL.>', []],
  ['control.exec_alive.*', []],
  ['control.exec_alive.main', ['exec']],
  ['control.exec_alive.other', ['otherExec']],
  ['query.exec.*', []],
  ['query.exec.main', ['exec']],
  ['query.exec.other', ['otherExec']],
  ['control.replay.*', ['gateway']],
  ['$JS.ACK.>', []],
  ['$JS.API.>', []],
  ['JSAPI.>', []],
  ['$JS.EVENT.>', []],
  ['$SYS.>', []],
  ['$SYS.REQ.USER.AUTH', []],
];

const encode = (text: string) => new TextEncoder().encode(text);
const decode = (bytes: Uint8Array | undefined) => new TextDecoder().decode(bytes);

let server: NatsServer;
const buses = new Map<Name, NatsBus>();
const bus = (name: Name): NatsBus => {
  const found = buses.get(name);
  assert.ok(found !== undefined);
  return found;
};

before(async () => {
  server = await startNatsServer();
  for (const name of NAMES) buses.set(name, await openIdentityBus(server, PRINCIPALS[name]));
  for (const name of Object.keys(STREAMS) as StreamName[]) {
    await ensureStream(bus('operator'), STREAMS[name], { replicas: 1 });
    await ensureConsumer(bus('operator'), auditConsumer(name));
  }
  for (const name of Object.keys(BUCKETS) as BucketName[]) await ensureBucket(bus('operator'), name, { replicas: 1 });
  await ensureConsumer(bus('operator'), normaliserConsumer());
  for (const strategy of AGENTS) await ensureConsumer(bus('operator'), agentConsumer('main', strategy, ['BTC-USD']));
  for (const portfolio of ['main', 'other']) await ensureConsumer(bus('operator'), execConsumer(portfolio));
});
after(async () => {
  for (const each of buses.values()) await each.close();
  await server.stop();
});

const put = (name: Name, subject: string) => bus(name).publish(subject, encode(subject), { messageId: `${name} ${subject}` });

async function takeOne(name: Name, stream: string, consumer: string, resume: 'none' | 'ackFloor'): Promise<Delivery> {
  const consumption = await bus(name).consume(stream, consumer, { maxInFlight: 1, resume });
  for await (const delivery of consumption) {
    await delivery.ack();
    await consumption.stop();
    return delivery;
  }
  throw new Error('expected a delivery');
}

describe('the work of each principal', () => {
  test('gateway: publishes raw signals, reads them and reports, when given its own rights only', async () => {
    const { sequence } = await put('gateway', 'signals.raw.tv');
    const found: number[] = [];
    for await (const message of readAcknowledged(bus('gateway'), 'SIGNALS', { subject: 'signals.raw.tv', fromSequence: 1 }))
      found.push(message.sequence);
    assert.deepEqual(found, [sequence]);
    await openBucket(bus('gateway'), 'STATUS').put(keys.gatewayStatus('gateway'), encode('{}'));
  });

  test('normaliser: consumes raw signals and publishes normalized ones and poison, when given its own rights only', async () => {
    assert.equal((await takeOne('normaliser', 'SIGNALS', 'gateway-normaliser', 'none')).subject, 'signals.raw.tv');
    await put('normaliser', 'signals.normalized.paper.ETH-USD');
    await put('normaliser', 'poison.SIGNALS.gateway-normaliser');
  });

  for (const strategy of AGENTS) {
    test(`agent ${strategy}: consumes signals, reads, decides, hears and reports, when given its own rights only`, async () => {
      await put('normaliser', 'signals.normalized.paper.BTC-USD');
      const delivery = await takeOne(strategy, 'SIGNALS', agentConsumer('main', strategy, []).name, 'ackFloor');
      assert.equal(delivery.subject, 'signals.normalized.paper.BTC-USD');
      await put(strategy, subjects.proposal('main', strategy));
      await put(strategy, subjects.orderIntent('main', strategy));
      let count = 0;
      for await (const message of bus(strategy).read('SIGNALS', { subject: 'signals.normalized.*.BTC-USD', fromSequence: 1 })) {
        count += message.sequence > 0 ? 1 : 0;
      }
      assert.equal(count, 1);
      const status = openBucket(bus(strategy), 'STATUS');
      await status.put(keys.agentStatus('main', strategy), encode('{}'));
      assert.equal((await status.get(keys.agentStatus('main', strategy)))?.key, keys.agentStatus('main', strategy));
    });
  }

  test('agent momentum: hears its own executions and not those of another agent or portfolio, when exec publishes all of them', async () => {
    const connection = await openRawConnection(server, PRINCIPALS.momentum);
    const heard: string[] = [];
    for (const subject of ['push.executions.order.main.momentum', 'push.executions.fill.main.momentum', '_INBOX.>'])
      connection.subscribe(subject, { callback: (_error, message) => void heard.push(message.subject) });
    await connection.flush();
    await put('exec', 'executions.fill.main.reversion');
    await put('otherExec', 'executions.fill.other.momentum');
    await put('exec', 'executions.order.main.momentum');
    await eventually('the own order is heard', () => heard.length > 0);
    await connection.close();
    assert.deepEqual(heard, ['push.executions.order.main.momentum']);
  });

  test('exec: consumes intents, watches its halt and configuration, writes executions and answers, when given its own rights only', async () => {
    await put('momentum', 'decisions.order_intent.main.momentum');
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
      seen.push(decode(entry.value)),
    );
    await openBucket(bus('operator'), 'CONTROL').put(keys.halt('other'), encode('halt of another'));
    await openBucket(bus('operator'), 'CONTROL').put(keys.halt('main'), encode('halt'));
    await eventually('exec sees the halt', () => seen.includes('halt'));
    assert.ok(!seen.includes('halt of another'));
    watch.unsubscribe();
    await openBucket(bus('exec'), 'STATUS').put(keys.execStatus('main'), encode('{}'));
  });

  test('exec: answers the reader from its own account, when two portfolios answer', async () => {
    const answering = [
      bus('exec').respond(subjects.execSnapshot('main'), async () => encode('main')),
      bus('otherExec').respond(subjects.execSnapshot('other'), async () => encode('other')),
    ];
    for (const portfolio of ['main', 'other']) {
      const answer = await eventually('exec answers', () => bus('reader').request(subjects.execSnapshot(portfolio), encode(''), 2_000));
      assert.equal(decode(answer), portfolio);
    }
    for (const each of answering) each.unsubscribe();
  });

  test('exec: learns that another instance of its portfolio is alive, and nothing of another portfolio', async () => {
    const answering = bus('exec').respond(subjects.execAlive('main'), async () => encode('alive'));
    assert.equal(
      decode(await eventually('exec answers', () => bus('exec').request(subjects.execAlive('main'), encode(''), 2_000))),
      'alive',
    );
    await assert.rejects(bus('otherExec').request(subjects.execAlive('main'), encode(''), 500), isRefused);
    answering.unsubscribe();
  });

  test('audit: consumes every stream, when given its own rights only', async () => {
    await put('exec', 'executions.reconcile.main');
    await put('operator', 'audit.event.main');
    for (const stream of ['SIGNALS', 'DECISIONS', 'EXECUTIONS', 'AUDIT']) {
      assert.equal((await takeOne('audit', stream, 'audit', 'ackFloor')).stream, stream);
    }
  });

  test('reader: asks the gateway for a replay and reads streams, when given its own rights only', async () => {
    const answering = bus('gateway').respond(subjects.replay('feed'), async () => encode('started'));
    const answer = await eventually('the gateway answers', () => bus('reader').request(subjects.replay('feed'), encode(''), 2_000));
    assert.equal(decode(answer), 'started');
    answering.unsubscribe();
    assert.ok((await bus('reader').last('SIGNALS', 'signals.raw.tv')) !== undefined);
  });

  test('exec: cannot wipe a bucket or a stream by a rollup header, when it may write one key of it', async () => {
    const status = openBucket(bus('exec'), 'STATUS');
    await status.put('exec.main.first', encode('kept'));
    for (const rollup of ['all', 'sub']) {
      for (const subject of ['$KV.STATUS.exec.main.second', 'executions.reconcile.main']) {
        await assert.rejects(bus('exec').publish(subject, encode('x'), { messageId: '', headers: { 'Nats-Rollup': rollup } }), isRefused);
      }
    }
    assert.equal(decode((await status.get('exec.main.first'))?.value), 'kept');
  });

  test('operator: updates its streams and consumers, when it provisions again', async () => {
    await ensureStream(bus('operator'), { ...STREAMS.SIGNALS, maxAgeMs: 1_000_000 }, { replicas: 1 });
    await ensureConsumer(bus('operator'), agentConsumer('main', 'momentum', ['BTC-USD', 'ETH-USD']));
    await ensureConsumer(bus('operator'), agentConsumer('main', 'spare', ['BTC-USD']));
    await deleteConsumer(bus('operator'), 'SIGNALS', agentConsumer('main', 'spare', []).name);
    await deleteConsumer(bus('operator'), 'SIGNALS', agentConsumer('main', 'spare', []).name);
  });
});

describe('the wall between the gateway and the normaliser', () => {
  test('the consumer of the normaliser stays where it is, when the gateway pulls from it and acknowledges for it', async () => {
    await put('gateway', 'signals.raw.wall');
    const before = await consumerState('SIGNALS', 'gateway-normaliser');
    const connection = await openRawConnection(server, PRINCIPALS.gateway);
    const { core } = server.identity.keys.operator;
    for (const subject of [
      `${ACCOUNT_API_PREFIX}.CONSUMER.MSG.NEXT.SIGNALS.gateway-normaliser`,
      `${ACCOUNT_API_PREFIX}.CONSUMER.RESET.SIGNALS.gateway-normaliser`,
      '$JS.ACK.SIGNALS.gateway-normaliser.1.1.1.1.0',
      `$JS.ACK._.${accountHash(core)}.SIGNALS.gateway-normaliser.1.1.1.1.0.x`,
    ])
      connection.publish(subject, '', { reply: '_INBOX.x' });
    await connection.flush();
    await connection.close();
    assert.deepEqual(await consumerState('SIGNALS', 'gateway-normaliser'), before);
  });

  test('a normalized signal of the gateway, and a raw one of the normaliser, are stored in QUARANTINE and not in SIGNALS', async () => {
    for (const [name, subject] of [
      ['gateway', 'signals.normalized.paper.BTC-USD'],
      ['normaliser', 'signals.raw.tv'],
    ] as const) {
      const last = async (): Promise<number | undefined> => (await bus('reader').last('SIGNALS', subject))?.sequence;
      const before = await last();
      assert.equal((await put(name, subject)).stream, 'QUARANTINE');
      assert.ok(before !== undefined);
      assert.equal(await last(), before);
    }
  });
});

describe('the wall between two agents and between two execs', () => {
  /** What one principal tries against its neighbour through the adapters of the runtime. */
  const TRIES: readonly (readonly [what: string, attempt: () => Promise<unknown>])[] = [
    ['publish a decision of another agent', () => put('momentum', 'decisions.order_intent.main.reversion')],
    ['publish an execution of another portfolio', () => put('otherExec', 'executions.fill.main.momentum')],
    ['raise the epoch of another portfolio', () => put('otherExec', 'executions.epoch.main')],
    [
      'write the report of another agent',
      () => openBucket(bus('momentum'), 'STATUS').put(keys.agentStatus('main', 'reversion'), encode('x')),
    ],
    ['write the report of another exec', () => openBucket(bus('otherExec'), 'STATUS').put(keys.execStatus('main'), encode('x'))],
    ['read the report of another agent', () => openBucket(bus('momentum'), 'STATUS').get(keys.agentStatus('main', 'reversion'))],
  ];
  for (const [what, attempt] of TRIES) {
    test(`no principal may ${what}`, async () => {
      await assert.rejects(attempt, isRefused);
    });
  }

  test('a consumer stays where it is, when another agent or exec pulls from it, acknowledges for it or resets it', async () => {
    for (const [attacker, stream, consumer] of [
      ['reversion', 'SIGNALS', 'agent-main_momentum'],
      ['otherExec', 'DECISIONS', 'exec-main'],
    ] as const) {
      const before = await consumerState(stream, consumer);
      const connection = await openRawConnection(server, PRINCIPALS[attacker]);
      const { core } = server.identity.keys.operator;
      for (const subject of [
        `${ACCOUNT_API_PREFIX}.CONSUMER.MSG.NEXT.${stream}.${consumer}`,
        `${ACCOUNT_API_PREFIX}.CONSUMER.RESET.${stream}.${consumer}`,
        `$JS.ACK.${stream}.${consumer}.1.1.1.1.0`,
        `$JS.ACK._.${accountHash(core)}.${stream}.${consumer}.1.1.1.1.0.x`,
      ])
        connection.publish(subject, '', { reply: '_INBOX.x' });
      await connection.flush();
      await connection.close();
      assert.deepEqual(await consumerState(stream, consumer), before);
    }
  });

  test('a message id that another exec used first is answered as a duplicate, and the stored message names its true subject', async () => {
    const messageId = 'the id of the next event of exec main';
    await bus('otherExec').publish('executions.order.other.momentum', encode('foreign'), {
      messageId,
      headers: { 'Nats-Subject': 'executions.order.main.momentum', 'Nats-Sequence': '1' },
    });
    const ack = await bus('exec').publish('executions.order.main.momentum', encode('own'), { messageId });
    assert.equal(ack.duplicate, true);
    const stored = await bus('exec').last('EXECUTIONS', 'executions.order.other.momentum');
    assert.deepEqual([stored?.subject, stored?.sequence], ['executions.order.other.momentum', ack.sequence]);
    assert.equal((await bus('exec').at('EXECUTIONS', ack.sequence))?.subject, 'executions.order.other.momentum');
  });
});

describe('the rights of each principal', () => {
  for (const name of NAMES) {
    test(`${name}: is allowed exactly its own cells, when it tries every one`, async () => {
      const connection = await openRawConnection(server, PRINCIPALS[name]);
      const own = PUBLISH.map(([subject, allowed]): Row => [nameInAccount(name, subject), allowed]);
      const refusedPublications = await refused(connection, 'publish', own, (subject) => connection.publish(subject));
      const refusedSubscriptions = await refused(connection, 'subscription', SUBSCRIBE, (subject) => {
        connection.subscribe(subject, { callback: () => undefined });
      });
      await connection.close();
      const expectedOf = (rows: readonly Row[]) => rows.filter(([, allowed]) => !allowed.includes(name)).map(([subject]) => subject);
      const forbidden = expectedOf(own);
      const kept = forbidden.filter((subject) => isKept(name, subject));
      assert.deepEqual(
        refusedPublications,
        forbidden.filter((subject) => !kept.includes(subject)),
      );
      if (name !== 'operator') assert.deepEqual(await keptSubjects(name, kept.length), kept.toSorted());
      assert.deepEqual(refusedSubscriptions, expectedOf(SUBSCRIBE));
    });
  }

  function isKept(name: Name, subject: string): boolean {
    return name !== 'operator' && KEPT[name].some((prefix) => subject.startsWith(prefix));
  }

  /** Subjects of a principal in QUARANTINE, and in no other stream: the rows above hold those. */
  function keptSubjects(name: Exclude<Name, 'operator'>, count: number): Promise<readonly string[]> {
    const prefix = `quarantine.${principalName(PRINCIPALS[name])}.`;
    return eventually('the attempts are kept', async () => {
      const found = new Set<string>();
      for await (const { subject } of bus('reader').read('QUARANTINE', { subject: `${prefix}>`, fromSequence: 1 }))
        found.add(subject.slice(prefix.length));
      return found.size === count ? [...found].toSorted() : undefined;
    });
  }

  function nameInAccount(name: Name, subject: string): string {
    const full = subject.replace(HASH, accountHash(server.identity.keys.operator.core));
    return name === 'operator' ? full : subjectInAccount(full);
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

async function consumerState(stream: string, consumer: string): Promise<object> {
  const { ack_floor, delivered } = await bus('operator').callApi<{ readonly ack_floor: object; readonly delivered: object }>(
    `CONSUMER.INFO.${stream}.${consumer}`,
  );
  return { ack_floor, delivered };
}

function isRefused(error: unknown): boolean {
  return error instanceof FlotillaError && error.code === 'BUS_REFUSED';
}
