import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import {
  AssertionError,
  FlotillaError,
  formatTime,
  parseEvent,
  type Poison,
  type RawSignal,
  STREAMS,
  subjects,
  type StreamName,
} from '@flotilla/contracts';
import { systemClock } from '../clock.ts';
import { makeMetrics } from '../metrics.ts';
import { makeEnvelope } from '../make-envelope.ts';
import { ensureConsumer } from '../provision/ensure-consumer.ts';
import { ensureStream } from '../provision/ensure-stream.ts';
import { type Outgoing, publishEvent } from '../publish-event.ts';
import { systemRng } from '../rng.ts';
import { eventually } from '../testing/eventually.ts';
import { type LogLines, recordingLogger } from '../testing/recording-logger.ts';
import { type NatsServer, startNatsServer } from '../testing/nats-server.ts';
import { openTestBus } from '../testing/open-test-bus.ts';
import { noTracing } from '../trace/tracing.ts';
import type { NatsBus } from '../bus/connect-bus.ts';
import type { ConsumerOptions } from './consumer-options.ts';
import { type RunningConsumer, startConsumer } from './start-consumer.ts';

let server: NatsServer;
let bus: NatsBus;

before(async () => {
  server = await startNatsServer();
  bus = await openTestBus(server);
  for (const name of Object.keys(STREAMS) as StreamName[]) await ensureStream(bus, STREAMS[name], { replicas: 1 });
});
after(async () => {
  await bus.close();
  await server.stop();
});

/** A source with a consumer of its own, so that the tests share streams but no message. */
interface Lane {
  readonly source: string;
  readonly consumer: string;
}

async function makeLane(name: string): Promise<Lane> {
  const lane = { source: name, consumer: `reader-${name}` };
  await ensureConsumer(bus, {
    stream: 'SIGNALS',
    name: lane.consumer,
    filterSubjects: [subjects.signalRaw(name)],
    maxInFlight: 10,
    deliver: 'all',
  });
  return lane;
}

function rawSignal(lane: Lane, body: string, extra: object = {}): RawSignal {
  const id = `${lane.source}-${body}`;
  return {
    ...makeEnvelope({ id, corrId: `corr-${body}`, clock: systemClock, service: 'test', revision: 'test' }),
    source: lane.source,
    format: 'GENERIC',
    nonce: body,
    receivedAt: formatTime(Date.now()),
    body,
    ...extra,
  };
}

function send(lane: Lane, body: string, extra: object = {}) {
  return publishEvent(bus, { type: 'signals.raw', subject: subjects.signalRaw(lane.source), event: rawSignal(lane, body, extra) });
}

type Handler = (body: string, calls: number) => Promise<readonly Outgoing[]>;

interface Running extends RunningConsumer {
  /** Bodies in the order of the handler's calls. */
  readonly calls: readonly string[];
  readonly log: LogLines;
  readonly unknownFields: () => Promise<number>;
}

async function run(lane: Lane, handler: Handler, options: Partial<ConsumerOptions<'signals.raw'>> = {}): Promise<Running> {
  const calls: string[] = [];
  const metrics = makeMetrics('test');
  const { logger, lines } = recordingLogger();
  const consumer = await startConsumer({
    bus,
    clock: systemClock,
    rng: systemRng,
    logger,
    metrics,
    tracing: noTracing,
    service: 'test',
    revision: 'test',
    stream: 'SIGNALS',
    consumer: lane.consumer,
    type: 'signals.raw',
    maxInFlight: 10,
    ordering: 'strict',
    delayMs: () => 5,
    handle: (event) => {
      calls.push(event.body);
      return handler(event.body, calls.filter((body) => body === event.body).length);
    },
    ...options,
  });
  const unknownFields = async () => (await metrics.unknownFields.get()).values[0]?.value ?? 0;
  return { ...consumer, calls, log: lines, unknownFields };
}

async function poisonOf(lane: Lane): Promise<Poison[]> {
  const found: Poison[] = [];
  for await (const message of bus.read('POISON', { subject: subjects.poison('SIGNALS', lane.consumer), fromSequence: 1 })) {
    found.push(parseEvent('poison', message.payload).event);
  }
  return found;
}

/** Messages of the lane behind the acknowledgement floor; the consumer's own counts lag behind a publication. */
async function unsettled(lane: Lane): Promise<number> {
  const last = await bus.last('SIGNALS', subjects.signalRaw(lane.source));
  const info = await bus.callApi<{ ack_floor: { stream_seq: number } }>(`CONSUMER.INFO.SIGNALS.${lane.consumer}`);
  return Math.max(0, (last?.sequence ?? 0) - info.ack_floor.stream_seq);
}

const settled = (lane: Lane) => eventually('every message is settled', async () => (await unsettled(lane)) === 0);
const nothing: Handler = async () => [];
const fail = async (error: Error): Promise<never> => {
  throw error;
};

for (const ordering of ['strict', 'none'] as const) {
  describe(`startConsumer, ordering ${ordering}`, () => {
    const lane = (name: string) => makeLane(`${ordering}-${name}`);

    test('startConsumer: publishes the results of the handler, then acknowledges', async () => {
      const here = await lane('plain');
      const there = { source: `${here.source}-out`, consumer: '' };
      const outgoing = (body: string): Outgoing => ({
        type: 'signals.raw',
        subject: subjects.signalRaw(there.source),
        event: rawSignal(there, body),
      });
      const consumer = await run(here, async (body) => [outgoing(`${body}-1`), outgoing(`${body}-2`)], { ordering });
      await send(here, 'a');
      await settled(here);
      await consumer.stop();
      const bodies: string[] = [];
      for await (const message of bus.read('SIGNALS', { subject: subjects.signalRaw(there.source), fromSequence: 1 })) {
        bodies.push(parseEvent('signals.raw', message.payload).event.body);
        assert.equal(message.headers['Flotilla-Type'], 'signals.raw');
        assert.equal(message.headers['Flotilla-Corr-Id'], `corr-${bodies.at(-1)}`);
      }
      assert.deepEqual(bodies, ['a-1', 'a-2']);
      assert.equal(consumer.healthy(), undefined);
    });

    test('startConsumer: poisons with reason and payload and goes on, when a message fails five times', async () => {
      const here = await lane('retry');
      const consumer = await run(
        here,
        (body) => (body === 'bad' ? fail(new FlotillaError('HANDLER_FAILED', 'cannot do it')) : nothing(body, 1)),
        { ordering },
      );
      await send(here, 'bad');
      await send(here, 'good');
      await settled(here);
      await consumer.stop();
      assert.equal(consumer.calls.filter((body) => body === 'bad').length, 5);
      assert.ok(consumer.calls.includes('good'));
      const [poison, ...rest] = await poisonOf(here);
      assert.deepEqual(rest, []);
      assert.equal(poison?.code, 'HANDLER_FAILED');
      assert.equal(poison.reason, 'cannot do it');
      assert.equal(poison.deliveryCount, 5);
      assert.equal(poison.corrId, 'corr-bad');
      assert.equal(poison.subject, subjects.signalRaw(here.source));
      const original = parseEvent('signals.raw', Buffer.from(poison.payloadBase64, 'base64')).event;
      assert.equal(original.body, 'bad');
    });

    test('startConsumer: ends with an assertion and settles nothing, when the handler throws an error without a code', async () => {
      const here = await lane('bug');
      const bug = new TypeError("cannot read properties of undefined (reading 'price')");
      const consumer = await run(here, () => fail(bug), { ordering });
      const ended = assert.rejects(consumer.ended, (error: unknown) => {
        assert.ok(error instanceof AssertionError);
        assert.match(error.message, /TypeError: cannot read properties/);
        assert.equal(error.cause, bug);
        return true;
      });
      await send(here, 'a');
      await ended;
      assert.deepEqual(consumer.calls, ['a']);
      assert.ok((await unsettled(here)) > 0);
      assert.deepEqual(await poisonOf(here), []);
    });

    test('startConsumer: retries and never poisons, when the bus refuses the results of the handler', async () => {
      const here = await lane('refused');
      const refused = new FlotillaError('BUS_REFUSED', 'expected permission to publish, found none');
      const consumer = await run(here, (body, calls) => (calls <= 8 ? fail(refused) : nothing(body, calls)), { ordering });
      await send(here, 'a');
      await settled(here);
      await consumer.stop();
      assert.equal(consumer.calls.length, 9);
      assert.deepEqual(await poisonOf(here), []);
    });

    test('startConsumer: poisons at once, when the error is terminal', async () => {
      const here = await lane('terminal');
      const consumer = await run(here, () => fail(new FlotillaError('INSTRUMENT_UNKNOWN', 'no such thing')), { ordering });
      await send(here, 'a');
      await settled(here);
      await consumer.stop();
      assert.deepEqual(consumer.calls, ['a']);
      const [poison] = await poisonOf(here);
      assert.equal(poison?.code, 'INSTRUMENT_UNKNOWN');
      assert.equal(poison.deliveryCount, 1);
    });

    test('startConsumer: poisons without a call of the handler, when the payload is not an event', async () => {
      const here = await lane('malformed');
      const consumer = await run(here, nothing, { ordering });
      const garbage = Buffer.from([0xff, 0x00, 0x7b]);
      await bus.publish(subjects.signalRaw(here.source), garbage, { messageId: `${here.source}-garbage`, headers: { 'X-Kept': 'yes' } });
      await bus.publish(subjects.signalRaw(here.source), Buffer.from('{"schemaVersion":99}'), { messageId: `${here.source}-version` });
      await settled(here);
      await consumer.stop();
      assert.deepEqual(consumer.calls, []);
      const poisons = await poisonOf(here);
      assert.deepEqual(poisons.map((poison) => poison.code).sort(), ['EVENT_MALFORMED', 'SCHEMA_VERSION_UNSUPPORTED']);
      const poison = poisons.find((each) => each.code === 'EVENT_MALFORMED');
      assert.equal(poison?.payloadBase64, garbage.toString('base64'));
      assert.equal(poison.headers['X-Kept'], 'yes');
    });

    test('startConsumer: keeps the beginning of the payload, when a poisoned message is above the bound of an event', async () => {
      const here = await lane('oversize');
      const consumer = await run(here, nothing, { ordering });
      await bus.publish(subjects.signalRaw(here.source), new Uint8Array(900_000), { messageId: `${here.source}-big` });
      await settled(here);
      await consumer.stop();
      const [poison] = await poisonOf(here);
      assert.equal(poison?.code, 'EVENT_TOO_LARGE');
      assert.match(poison.reason, /first 368640 of 900000 bytes kept/);
    });

    test('startConsumer: never poisons, when a dependency is away for longer than five tries', async () => {
      const here = await lane('later');
      const away = () => fail(new FlotillaError('STORE_UNAVAILABLE', 'away'));
      const consumer = await run(here, (body, calls) => (calls <= 12 ? away() : nothing(body, calls)), { ordering });
      await send(here, 'a');
      await settled(here);
      await consumer.stop();
      assert.equal(consumer.calls.length, 13);
      assert.deepEqual(await poisonOf(here), []);
    });

    for (const [what, error] of [
      ['a bug', new AssertionError('impossible')],
      ['a lost fence', new FlotillaError('FENCED', 'taken over')],
    ] as const) {
      test(`startConsumer: ends without settling the message, when the handler meets ${what}`, async () => {
        const here = await lane(error.name);
        const consumer = await run(here, () => fail(error), { ordering });
        await send(here, 'a');
        await assert.rejects(consumer.ended, error);
        assert.equal(consumer.healthy(), error.message);
        assert.ok((await unsettled(here)) > 0);
        assert.deepEqual(await poisonOf(here), []);
      });
    }

    test('startConsumer: counts unknown fields and logs each once, when events have them', async () => {
      const here = await lane('unknown');
      const consumer = await run(here, nothing, { ordering });
      await send(here, 'a', { novelty: 1 });
      await send(here, 'b', { novelty: 2, other: 3 });
      await settled(here);
      await consumer.stop();
      assert.equal(await consumer.unknownFields(), 3);
      const fields = consumer.log.filter((line) => 'field' in line).map((line) => line['field']);
      assert.deepEqual(fields.sort(), ['novelty', 'other']);
    });

    test('startConsumer: reports what is missing and begins by itself, when the consumer is created later', async () => {
      const here = { source: `${ordering}-missing`, consumer: `reader-${ordering}-missing` };
      const consumer = await run(here, nothing, { ordering });
      await eventually('it says why', () => consumer.healthy()?.includes('consumer not found'));
      await makeLane(here.source);
      await send(here, 'a');
      await settled(here);
      assert.equal(consumer.healthy(), undefined);
      await consumer.stop();
      assert.deepEqual(consumer.calls, ['a']);
    });

    test('startConsumer: finishes the running handlers, when stopped', async () => {
      const here = await lane('stop');
      const gate = Promise.withResolvers<void>();
      const consumer = await run(here, async () => gate.promise.then(() => []), { ordering });
      await send(here, 'a');
      await eventually('the handler runs', () => consumer.calls.length === 1);
      const stopped = consumer.stop();
      gate.resolve();
      await stopped;
      await settled(here);
    });
  });
}

describe('startConsumer, strict', () => {
  test('startConsumer: never lets a message overtake, when an earlier one fails', async () => {
    const here = await makeLane('order');
    const consumer = await run(here, (body, calls) =>
      body === '2' && calls <= 3 ? fail(new FlotillaError('HANDLER_FAILED', 'not yet')) : nothing(body, calls),
    );
    for (const body of ['1', '2', '3', '4']) await send(here, body);
    await settled(here);
    await consumer.stop();
    assert.deepEqual(consumer.calls, ['1', '2', '2', '2', '2', '3', '4']);
  });

  test('startConsumer: redelivers unacknowledged messages in order and at once, when the instance before was killed', async () => {
    const here = await makeLane('takeover');
    const hanging = Promise.withResolvers<readonly Outgoing[]>();
    const bodies = Array.from({ length: 30 }, (_, index) => String(index));
    const firstBus = await openTestBus(server);
    const first = await run(here, (body, calls) => (body === '4' ? hanging.promise : nothing(body, calls)), { bus: firstBus });
    for (const body of bodies) await send(here, body);
    await eventually('the first hangs', () => first.calls.includes('4'));
    await firstBus.close();
    const startedMs = performance.now();
    const second = await run(here, nothing);
    await settled(here);
    await second.stop();
    assert.deepEqual(second.calls, bodies.slice(4));
    hanging.resolve([]);
    await first.stop();
    assert.ok(performance.now() - startedMs < 10_000, 'expected no wait for the acknowledgement window of 30 s');
  });
});

describe('startConsumer, outages', () => {
  const COUNT = 400;

  /** Sends every body, however often the server dies meanwhile; the message id makes a resend harmless. */
  async function sendAll(lane: Lane): Promise<void> {
    for (let index = 0; index < COUNT; index += 1) {
      await eventually('the bus takes it', async () => send(lane, String(index)), 30_000);
    }
  }

  for (const ordering of ['strict', 'none'] as const) {
    test(`startConsumer: loses and doubles nothing, when the server is killed again and again (ordering ${ordering})`, async () => {
      const here = await makeLane(`outage-${ordering}`);
      const there = { source: `outage-${ordering}-out`, consumer: '' };
      const consumer = await run(
        here,
        async (body) => [{ type: 'signals.raw', subject: subjects.signalRaw(there.source), event: rawSignal(there, body) }],
        { ordering },
      );
      const sending = sendAll(here);
      for (const count of [50, 150, 250]) {
        await eventually(`${count} handled`, () => new Set(consumer.calls).size >= count, 60_000);
        await server.restart();
      }
      await sending;
      await eventually('every message is settled', async () => (await unsettled(here)) === 0, 60_000);
      await consumer.stop();
      const bodies: string[] = [];
      for await (const message of bus.read('SIGNALS', { subject: subjects.signalRaw(there.source), fromSequence: 1 })) {
        bodies.push(parseEvent('signals.raw', message.payload).event.body);
      }
      const expected = Array.from({ length: COUNT }, (_, index) => String(index));
      if (ordering === 'none') bodies.sort((a, b) => Number(a) - Number(b));
      assert.deepEqual(bodies, expected);
      assert.deepEqual(await poisonOf(here), []);
    });
  }
});

describe('startConsumer, none', () => {
  test('startConsumer: goes on with other messages, when one fails, and starts handlers in the order of arrival', async () => {
    const here = await makeLane('overtake');
    const consumer = await run(
      here,
      (body, calls) => (body === '1' && calls === 1 ? fail(new FlotillaError('HANDLER_FAILED', 'not yet')) : nothing(body, calls)),
      {
        ordering: 'none',
        delayMs: () => 300,
      },
    );
    for (const body of ['1', '2', '3', '4']) await send(here, body);
    await settled(here);
    await consumer.stop();
    assert.deepEqual(consumer.calls, ['1', '2', '3', '4', '1']);
  });

  test('startConsumer: holds at most maxInFlight handlers, when more wait', async () => {
    const here = await makeLane('bound');
    let running = 0;
    let runningMax = 0;
    const consumer = await run(
      here,
      async () => {
        running += 1;
        runningMax = Math.max(runningMax, running);
        // The first handlers wait for the last one that may run beside them, however slowly the messages come.
        await eventually('three handlers run', () => runningMax >= 3);
        await systemClock.sleep(2);
        running -= 1;
        return [];
      },
      { ordering: 'none', maxInFlight: 3 },
    );
    for (let index = 0; index < 20; index += 1) await send(here, String(index));
    await settled(here);
    await consumer.stop();
    assert.equal(runningMax, 3);
  });
});
