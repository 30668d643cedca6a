import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Delivery, FlotillaError, STREAMS, type StoredMessage } from '@flotilla/contracts';
import { ensureConsumer } from '../provision/ensure-consumer.ts';
import { ensureStream } from '../provision/ensure-stream.ts';
import { systemClock } from '../clock.ts';
import { makeMetrics } from '../metrics.ts';
import { eventually } from '../testing/eventually.ts';
import { type NatsServer, startNatsServer } from '../testing/nats-server.ts';
import { openTestBus, testLogger } from '../testing/open-test-bus.ts';
import { connectBus, type NatsBus } from './connect-bus.ts';
import { connect } from '@nats-io/transport-node';

const SUBJECT = 'executions.order.main.momentum';
const encode = (text: string) => new TextEncoder().encode(text);
const decode = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
const failsWith = (code: string) => (error: unknown) => error instanceof FlotillaError && error.code === code;

let server: NatsServer;
let bus: NatsBus;
let counter = 0;
const uniqueId = () => `id-${(counter += 1)}`;

before(async () => {
  server = await startNatsServer();
  bus = await openTestBus(server);
});
after(async () => {
  await bus.close();
  await server.stop();
});

async function recreateStream() {
  // Sealed streams refuse a purge; only their deletion empties them.
  await bus.callApi('STREAM.DELETE.EXECUTIONS').catch(() => undefined);
  await ensureStream(bus, STREAMS.EXECUTIONS, { replicas: 1 });
}

async function collect(messages: AsyncIterable<StoredMessage>): Promise<string[]> {
  const result: string[] = [];
  for await (const message of messages) result.push(decode(message.payload));
  return result;
}

describe('publish', () => {
  beforeEach(recreateStream);

  test('publish: gives the stream sequence, when stored', async () => {
    const ack = await bus.publish(SUBJECT, encode('a'), { messageId: uniqueId() });
    assert.deepEqual(ack, { stream: 'EXECUTIONS', sequence: 1, duplicate: false });
  });

  test('publish: reports a duplicate and stores once, when the message id was seen', async () => {
    const messageId = uniqueId();
    await bus.publish(SUBJECT, encode('a'), { messageId });
    const again = await bus.publish(SUBJECT, encode('a'), { messageId });
    assert.deepEqual(again, { stream: 'EXECUTIONS', sequence: 1, duplicate: true });
    assert.deepEqual(await collect(bus.read('EXECUTIONS', { subject: SUBJECT, fromSequence: 1 })), ['a']);
  });

  test('publish: keeps the order of calls, when many are in flight', async () => {
    const texts = Array.from({ length: 2_000 }, (_, index) => String(index));
    const acks = await Promise.all(texts.map((text) => bus.publish(SUBJECT, encode(text), { messageId: uniqueId() })));
    assert.deepEqual(
      acks.map((ack) => ack.sequence),
      texts.map((_, index) => index + 1),
    );
    assert.deepEqual(await collect(bus.read('EXECUTIONS', { subject: SUBJECT, fromSequence: 1 })), texts);
  });

  test('publish: refuses with FENCED, when the expected subject moved on', async () => {
    const epoch = 'executions.epoch.main';
    const first = await bus.publish(epoch, encode('1'), {
      messageId: uniqueId(),
      expectedLastSubjectSequence: { subject: epoch, sequence: 0 },
    });
    const expected = { subject: epoch, sequence: first.sequence };
    await bus.publish(SUBJECT, encode('mine'), { messageId: uniqueId(), expectedLastSubjectSequence: expected });
    await bus.publish(epoch, encode('2'), { messageId: uniqueId(), expectedLastSubjectSequence: expected });
    await assert.rejects(
      bus.publish(SUBJECT, encode('too late'), { messageId: uniqueId(), expectedLastSubjectSequence: expected }),
      failsWith('FENCED'),
    );
    assert.deepEqual(await collect(bus.read('EXECUTIONS', { subject: SUBJECT, fromSequence: 1 })), ['mine']);
  });

  test('publish: rejects with BUS_NOT_PROVISIONED, when no stream takes the subject', async () => {
    await assert.rejects(bus.publish('not.a.stream', encode('a'), { messageId: uniqueId() }), failsWith('BUS_NOT_PROVISIONED'));
  });

  test('publish: rejects with BUS_REFUSED, when the payload is above the server bound', async () => {
    await assert.rejects(bus.publish(SUBJECT, new Uint8Array(2_000_000), { messageId: uniqueId() }), failsWith('BUS_REFUSED'));
  });

  test('publish: carries headers, when given', async () => {
    await bus.publish(SUBJECT, encode('a'), { messageId: uniqueId(), headers: { traceparent: '00-abc' } });
    const stored = await bus.last('EXECUTIONS', SUBJECT);
    assert.equal(stored?.headers['traceparent'], '00-abc');
  });
});

describe('read', () => {
  beforeEach(recreateStream);

  test('read: gives the matching messages from one sequence through another, when other subjects lie between', async () => {
    for (let index = 1; index <= 10; index += 1) {
      await bus.publish(index % 2 === 0 ? 'executions.fill.main.x' : SUBJECT, encode(String(index)), { messageId: uniqueId() });
    }
    const subject = 'executions.*.main.>';
    assert.deepEqual(await collect(bus.read('EXECUTIONS', { subject: SUBJECT, fromSequence: 3 })), ['3', '5', '7', '9']);
    assert.deepEqual(await collect(bus.read('EXECUTIONS', { subject, fromSequence: 4, throughSequence: 7 })), ['4', '5', '6', '7']);
    assert.deepEqual(await collect(bus.read('EXECUTIONS', { subject, fromSequence: 11 })), []);
  });

  test('read: gives everything in order, when more than one batch is needed', async () => {
    const texts = Array.from({ length: 1_777 }, (_, index) => String(index));
    await Promise.all(texts.map((text) => bus.publish(SUBJECT, encode(text), { messageId: uniqueId() })));
    assert.deepEqual(await collect(bus.read('EXECUTIONS', { subject: 'executions.>', fromSequence: 0 })), texts);
  });

  test('read: ends, although messages keep coming', async () => {
    for (let index = 0; index < 600; index += 1) void bus.publish(SUBJECT, encode('old'), { messageId: uniqueId() });
    await bus.publish(SUBJECT, encode('old'), { messageId: uniqueId() });
    let count = 0;
    for await (const message of bus.read('EXECUTIONS', { subject: SUBJECT, fromSequence: 1 })) {
      count += message.sequence > 0 ? 1 : 0;
      await bus.publish(SUBJECT, encode('new'), { messageId: uniqueId() });
      assert.ok(count <= 1_300, 'expected the end that was known at the call');
    }
    assert.ok(count >= 601);
  });

  test('read: gives sequence, subject, time and payload, when asked for the last', async () => {
    await bus.publish(SUBJECT, encode('a'), { messageId: uniqueId() });
    await bus.publish(SUBJECT, encode('b'), { messageId: uniqueId() });
    const stored = await bus.last('EXECUTIONS', SUBJECT);
    assert.equal(stored?.sequence, 2);
    assert.equal(stored.stream, 'EXECUTIONS');
    assert.equal(stored.subject, SUBJECT);
    assert.equal(decode(stored.payload), 'b');
    assert.ok(Math.abs(stored.storedAtMs - Date.now()) < 60_000);
    assert.equal(await bus.last('EXECUTIONS', 'executions.epoch.none'), undefined);
  });

  test('lastPerSubject: gives one message per subject, when several match', async () => {
    for (const subject of ['executions.epoch.a', 'executions.epoch.b', 'executions.epoch.a']) {
      await bus.publish(subject, encode(subject), { messageId: uniqueId() });
    }
    const found = await bus.lastPerSubject('EXECUTIONS', 'executions.epoch.*');
    assert.deepEqual(
      found.map((message) => [message.subject, message.sequence]),
      [
        ['executions.epoch.b', 2],
        ['executions.epoch.a', 3],
      ],
    );
    assert.deepEqual(await bus.lastPerSubject('EXECUTIONS', 'executions.reconcile.*'), []);
  });

  test('lastPerSubject: gives one message per subject, when more subjects match than the server answers at once', async () => {
    const subjects = Array.from({ length: 1_025 }, (_, index) => `executions.epoch.p${index}`);
    await Promise.all(subjects.map((subject) => bus.publish(subject, encode('old'), { messageId: uniqueId() })));
    await bus.publish('executions.epoch.p7', encode('new'), { messageId: uniqueId() });
    const found = await bus.lastPerSubject('EXECUTIONS', 'executions.epoch.*');
    assert.deepEqual(found.map(({ subject }) => subject).toSorted(), subjects.toSorted());
    assert.deepEqual([found.at(-1)?.subject, decode(found.at(-1)?.payload ?? new Uint8Array())], ['executions.epoch.p7', 'new']);
  });

  test('read: rejects with BUS_NOT_PROVISIONED, when there is no such stream', async () => {
    await assert.rejects(collect(bus.read('NOWHERE', { subject: '>', fromSequence: 1 })), failsWith('BUS_NOT_PROVISIONED'));
    await assert.rejects(bus.last('NOWHERE', 'x'), failsWith('BUS_NOT_PROVISIONED'));
  });
});

describe('consume', () => {
  const definition = { stream: 'EXECUTIONS', name: 'reader', filterSubjects: [SUBJECT], maxInFlight: 5, deliver: 'all' } as const;

  beforeEach(async () => {
    await recreateStream();
    await ensureConsumer(bus, definition);
  });

  async function take(deliveries: AsyncIterable<Delivery>, count: number, use: (delivery: Delivery) => unknown = (each) => each.ack()) {
    const result: string[] = [];
    for await (const delivery of deliveries) {
      result.push(decode(delivery.payload));
      await use(delivery);
      if (result.length === count) break;
    }
    return result;
  }

  test('consume: pulls on a fresh inbox each time, because the server remembers an inbox of another account until it is unsubscribed', async () => {
    const watcher = await connect({ servers: server.url });
    const inboxes: string[] = [];
    watcher.subscribe('$JS.API.CONSUMER.MSG.NEXT.EXECUTIONS.reader', { callback: (_error, { reply }) => void inboxes.push(reply ?? '') });
    await watcher.flush();
    for (let index = 0; index < 50; index += 1) await bus.publish(SUBJECT, encode(String(index)), { messageId: uniqueId() });
    const consumption = await bus.consume('EXECUTIONS', 'reader', { maxInFlight: 5 });
    assert.equal((await take(consumption, 50)).length, 50);
    await consumption.stop();
    await watcher.drain();
    assert.ok(inboxes.length >= 10, `expected a pull for every five messages at most, found ${inboxes.length} pulls`);
    assert.equal(new Set(inboxes).size, inboxes.length);
  });

  test('consume: delivers stored and new messages in order, with their facts', async () => {
    await bus.publish(SUBJECT, encode('0'), { messageId: uniqueId(), headers: { a: 'b' } });
    const consumption = await bus.consume('EXECUTIONS', 'reader', { maxInFlight: 5 });
    const iterator = consumption[Symbol.asyncIterator]();
    const { value: first } = (await iterator.next()) as { value: Delivery };
    assert.equal(first.stream, 'EXECUTIONS');
    assert.equal(first.subject, SUBJECT);
    assert.equal(first.sequence, 1);
    assert.equal(first.deliveryCount, 1);
    assert.equal(first.pending, 0);
    assert.equal(first.headers['a'], 'b');
    assert.ok(Math.abs(first.storedAtMs - Date.now()) < 60_000);
    await first.ack();
    for (let index = 1; index <= 50; index += 1) void bus.publish(SUBJECT, encode(String(index)), { messageId: uniqueId() });
    for (let index = 1; index <= 50; index += 1) {
      const { value } = (await iterator.next()) as { value: Delivery };
      assert.equal(decode(value.payload), String(index));
      await value.ack();
    }
    await consumption.stop();
    assert.equal((await iterator.next()).done, true);
  });

  test('consume: redelivers after the delay with the next count, when nak is given', async () => {
    await bus.publish(SUBJECT, encode('a'), { messageId: uniqueId() });
    const consumption = await bus.consume('EXECUTIONS', 'reader', { maxInFlight: 5 });
    const times: number[] = [];
    const counts: number[] = [];
    await take(consumption, 2, (delivery) => {
      times.push(performance.now());
      counts.push(delivery.deliveryCount);
      if (counts.length === 1) delivery.nak(200);
      else void delivery.ack();
    });
    await consumption.stop();
    assert.deepEqual(counts, [1, 2]);
    assert.ok(times[1]! - times[0]! >= 195, `expected 200 ms between deliveries, found ${times[1]! - times[0]!}`);
  });

  test('consume: rejects with BUS_NOT_PROVISIONED, when the consumer is missing', async () => {
    await assert.rejects(bus.consume('EXECUTIONS', 'absent', { maxInFlight: 1 }), failsWith('BUS_NOT_PROVISIONED'));
    await assert.rejects(bus.consume('NOWHERE', 'absent', { maxInFlight: 1 }), failsWith('BUS_NOT_PROVISIONED'));
  });

  test('consume: redelivers unacknowledged messages at once and in order, when resumed at the ack floor', async () => {
    for (const text of ['a', 'b', 'c', 'd', 'e', 'f', 'g']) await bus.publish(SUBJECT, encode(text), { messageId: uniqueId() });
    const first = await bus.consume('EXECUTIONS', 'reader', { maxInFlight: 5, resume: 'ackFloor' });
    assert.deepEqual(await take(first, 2), ['a', 'b']);
    await first.stop();
    const startedMs = performance.now();
    const second = await bus.consume('EXECUTIONS', 'reader', { maxInFlight: 5, resume: 'ackFloor' });
    assert.deepEqual(await take(second, 5), ['c', 'd', 'e', 'f', 'g']);
    await second.stop();
    assert.ok(performance.now() - startedMs < 5_000, 'expected no wait for the acknowledgement window');
  });

  test('consume: goes on, when the consumer is deleted and created again', async () => {
    const consumption = await bus.consume('EXECUTIONS', 'reader', { maxInFlight: 5 });
    await bus.callApi('CONSUMER.DELETE.EXECUTIONS.reader');
    await eventually('the consumption says why', () => consumption.problem?.() !== undefined);
    await ensureConsumer(bus, definition);
    await bus.publish(SUBJECT, encode('a'), { messageId: uniqueId() });
    assert.deepEqual(await take(consumption, 1), ['a']);
    assert.equal(consumption.problem?.(), undefined);
    await consumption.stop();
  });

  for (const resume of ['none', 'ackFloor'] as const) {
    test(`consume: loses nothing, when the server is killed and started again (resume ${resume})`, async () => {
      const consumption = await bus.consume('EXECUTIONS', 'reader', { maxInFlight: 5, resume });
      const seen = new Set<string>();
      const reading = (async () => {
        for await (const delivery of consumption) {
          seen.add(decode(delivery.payload));
          await delivery.ack();
        }
      })();
      await bus.publish(SUBJECT, encode('before'), { messageId: uniqueId() });
      await eventually('the first arrives', () => seen.has('before'));
      await server.kill();
      await eventually('the bus notices', () => !bus.connected());
      await assert.rejects(bus.publish(SUBJECT, encode('meanwhile'), { messageId: uniqueId() }), failsWith('BUS_UNAVAILABLE'));
      await server.restart();
      await eventually('the bus is back', () => bus.connected());
      await eventually('publishing works', async () => bus.publish(SUBJECT, encode('after'), { messageId: 'after' }));
      await eventually('the next arrives', () => seen.has('after'));
      await consumption.stop();
      await reading;
      assert.deepEqual([...seen], ['before', 'after']);
    });
  }
});

describe('request', () => {
  test('request: gives the answer, when a service responds', async () => {
    const answering = bus.respond('query.exec.main', async (payload) => encode(`echo ${decode(payload)}`));
    const answer = await bus.request('query.exec.main', encode('x'), 1_000);
    answering.unsubscribe();
    assert.equal(answer === undefined ? undefined : decode(answer), 'echo x');
  });

  test('request: gives undefined, when no service listens or answers in time', async () => {
    assert.equal(await bus.request('query.exec.absent', encode('x'), 1_000), undefined);
    const silent = bus.subscribe('query.exec.silent', () => undefined);
    assert.equal(await bus.request('query.exec.silent', encode('x'), 20), undefined);
    silent.unsubscribe();
  });

  const FAILURES: readonly (readonly [string, () => Promise<Uint8Array>, string, RegExp])[] = [
    ['its answer is above the payload limit', async () => new Uint8Array(1_048_577), 'ANSWER_TOO_LARGE', /1048577/],
    [
      'it rejects with an operating error',
      async () => Promise.reject(new FlotillaError('STORE_UNAVAILABLE', 'no Redis')),
      'STORE_UNAVAILABLE',
      /no Redis/,
    ],
    ['it rejects with a bug', async () => Promise.reject(new TypeError('secret')), 'REQUEST_FAILED', /see the log/],
    [
      'it throws before it returns a promise',
      () => {
        throw new Error('at once');
      },
      'REQUEST_FAILED',
      /see the log/,
    ],
  ];
  for (const [reason, handler, code, words] of FAILURES) {
    test(`respond: answers with an error, counts it and serves the next request, when ${reason}`, async () => {
      const metrics = makeMetrics('test');
      const service = await openTestBus({ url: server.url, metrics });
      let answers = 0;
      const answering = service.respond('query.exec.fails', () => ((answers += 1) === 1 ? handler() : Promise.resolve(encode('fine'))));
      await service.last('EXECUTIONS', 'executions.none').catch(() => undefined);
      await assert.rejects(bus.request('query.exec.fails', encode('x'), 5_000), (error: unknown) => {
        assert.ok(error instanceof FlotillaError);
        assert.equal(error.code, code);
        assert.match(error.message, words);
        assert.doesNotMatch(error.message, /secret/);
        return true;
      });
      assert.match(await metrics.render(), new RegExp(`bus_request_failures_total\\{code="${code}"\\} 1`));
      assert.equal(decode((await bus.request('query.exec.fails', encode('x'), 5_000)) ?? encode('')), 'fine');
      answering.unsubscribe();
      await service.close();
    });
  }

  test('subscribe: goes on and reports the bug, when a handler throws', async () => {
    const bugs: unknown[] = [];
    const service = await openTestBus({ url: server.url, onBug: (error) => bugs.push(error) });
    const heard: string[] = [];
    service.subscribe('hello', ({ payload }) => {
      heard.push(decode(payload));
      if (heard.length === 1) throw new TypeError('a bug');
    });
    await eventually('both are heard', async () => {
      await service.request('hello', encode('x'), 10);
      return heard.length >= 2;
    });
    assert.equal(bugs.length, 1);
    await service.close();
  });
});

describe('connection', () => {
  test('connectBus: connects in the background, when the server comes later', async () => {
    const later = await startNatsServer();
    await later.kill();
    const early = await connectBus({ url: later.url, name: 'early', clock: systemClock, logger: testLogger() });
    const heard: string[] = [];
    early.subscribe('hello', (message) => heard.push(decode(message.payload)));
    assert.equal(early.connected(), false);
    await assert.rejects(early.publish(SUBJECT, encode('a'), { messageId: uniqueId() }), failsWith('BUS_UNAVAILABLE'));
    await later.restart();
    await eventually('it connects', () => early.connected());
    await eventually('a subscription made before works', async () => {
      await early.request('hello', encode('there'), 10);
      return heard.length > 0;
    });
    await early.close();
    await later.stop();
  });

  for (const [when, lose] of [
    ['the server dies meanwhile', (lost: NatsServer) => lost.kill()],
    ['the server hangs', () => Promise.resolve()],
  ] as const) {
    test(`connectBus: closes, when ${when}`, async () => {
      const lost = await startNatsServer();
      const closing = await connectBus({ url: lost.url, name: 'closing', clock: systemClock, logger: testLogger() });
      await eventually('it is connected', () => closing.connected());
      // A frozen server answers no ping, so the client waits until the server is lost.
      lost.pause();
      await sleep(50);
      const closed = closing.close();
      await sleep(50);
      await lose(lost);
      await closed;
      assert.equal(closing.connected(), false);
      lost.resume();
      await lost.stop();
    });
  }

  test('connectBus: closes, when it never connected', async () => {
    const lonely = await connectBus({ url: 'nats://127.0.0.1:1', name: 'lonely', clock: systemClock, logger: testLogger() });
    await lonely.close();
    assert.equal(lonely.connected(), false);
  });
});
